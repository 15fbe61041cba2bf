/** How a line of a patch of the form "*** Begin Patch" names a file. */
const NAMES = /^\*\*\*\s+(?:(?:Add|Update|Delete)\s+File|Move\s+to):/;
/** Blank in Rust (codex 0.171) and not in JavaScript. */
const NEXT_LINE = "\u0085";

/**
 * The files that a patch adds, changes, removes, or moves something to: each as the patch names it, and without blanks around it
 * where that is another name. Harnesses do not agree on what is blank, nor on what ends a line, so each reading counts.
 */
export function patchedFiles(patch: string): string[] {
  const lines = patch.split("\n");
  const all = patch.includes("\r") ? [...lines, ...patch.split(/[\n\r]/)] : lines;
  return [...new Set(all.flatMap(namesIn))];
}

function namesIn(line: string): string[] {
  const text = trimmed(line);
  const head = NAMES.exec(text)?.[0];
  if (head === undefined) return [];
  const name = trimmed(text.slice(head.length));
  // Codex 0.171 takes the blanks of "Move to" for a part of the name.
  const rest = line.slice(line.indexOf(head) + head.length).replace(/^ /, "");
  const whole = rest.endsWith("\r") ? rest.slice(0, -1) : rest;
  return name === whole ? [name] : [name, whole];
}

/** Not by a pattern: one that looks for the blanks at an end takes a time that grows with the square of those in the middle. */
function trimmed(text: string): string {
  const isBlank = (at: number) => text[at] === NEXT_LINE || text[at]?.trim() === "";
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(start)) start++;
  while (end > start && isBlank(end - 1)) end--;
  return text.slice(start, end);
}
