import type { Node } from "jsonc-parser";

/** What stands between the values of a JSON text with comments: white space, comments, commas. */
export interface Gap {
  /** Where the white space before what follows begins: after the last comment or comma, if there is any. */
  readonly end: number;
  /** Where a comma stands. */
  readonly comma: number | undefined;
}

/** The gap between two offsets. */
export function gapOf(text: string, from: number, to: number): Gap {
  let end = from;
  let comma: number | undefined;
  for (let at = from; at < to;) {
    const two = text.slice(at, at + 2);
    if (two === "//" || two === "/*") {
      at = Math.min(to, endOfComment(text, at));
      end = at;
    } else {
      if (text[at] === ",") comma ??= at;
      at += 1;
      if (/\S/.test(text.slice(at - 1, at))) end = at;
    }
  }
  return { end, comma };
}

/** Before its end of line, which is white space. */
function endOfComment(text: string, at: number): number {
  if (text.startsWith("/*", at)) {
    const found = text.indexOf("*/", at + 2);
    return found < 0 ? text.length : found + 2;
  }
  const rest = /\r?\n/.exec(text.slice(at));
  return rest ? at + rest.index : text.length;
}

export function endOfNode({ offset, length }: Node): number {
  return offset + length;
}

/** The white space that a line begins with, that an offset is in. */
export function indentOf(text: string, offset: number): string {
  const start = text.lastIndexOf("\n", offset - 1) + 1;
  return /^[ \t]*/.exec(text.slice(start, offset))?.[0] ?? "";
}

/** One step of indentation: what the first line inside of the whole has. @default two spaces */
export function unitOf(text: string, root: Node): string {
  const [first] = root.children ?? [];
  const found = first === undefined ? "" : indentOf(text, first.offset);
  return found === "" ? "  " : found;
}
