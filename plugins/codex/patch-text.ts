/** How a patch names its files. */
const FILE = /^\*\*\* (Add|Update|Delete) File: (.+)$/;
const MOVE = /^\*\*\* Move to: (.+)$/;
/** The order in which codex 0.169 names them in its answer, and by which letter. */
const KINDS = [
  ["Add", "A"],
  ["Update", "M"],
  ["Delete", "D"],
] as const;

/**
 * The text by which codex 0.169 answers a patch that fitted: its item, which comes milliseconds sooner than the telemetry, has
 * no text. `undefined`: the patch does not name exactly as many files as have changed.
 */
export function patchText(patch: string, changes: number): string | undefined {
  const files: { kind: string; path: string }[] = [];
  for (const line of patch.split("\n")) {
    const [, kind, path] = FILE.exec(line) ?? [];
    const moved = MOVE.exec(line)?.[1];
    const last = files.at(-1);
    if (kind !== undefined && path !== undefined) files.push({ kind, path: path.trim() });
    else if (moved !== undefined && last) last.path = moved.trim();
  }
  if (files.length !== changes) return undefined;
  const named = KINDS.flatMap(([kind, letter]) =>
    files.filter((file) => file.kind === kind).map(({ path }) => `${letter} ${path}\n`),
  );
  return `Exit code: 0
Wall time: 0 seconds
Output:
Success. Updated the following files:
${named.join("")}`;
}
