/** How a patch of the form "*** Begin Patch" names a file. */
const NAMED = /^[^\S\n]*\*\*\*[^\S\n]+(?:(?:Add|Update|Delete)[^\S\n]+File|Move[^\S\n]+to):(.*)$/gm;

/** The files that a patch adds, changes, removes, or moves something to, as it names them. */
export function patchedFiles(patch: string): string[] {
  return [...patch.replaceAll("\r", "\n").matchAll(NAMED)].map(([, path = ""]) => path.trim());
}
