/** Where an entry stands in a file: the keys that lead to the servers, and its name. */
export interface EntryPath {
  readonly key: readonly string[];
  readonly name: string;
}

/** How the text of a file of servers is read and changed. `undefined` as a text: there is no file. */
export interface Format {
  /** The whole of it. @throws H2mError `bad-config` naming line and column; `file` is for that */
  parse(text: string | undefined, file: string): unknown;
  /** The text with the entry, which it has not yet; all else in it stays. @throws H2mError `bad-config` where there is no room */
  add(text: string | undefined, path: EntryPath, entry: object, file: string): string;
  /** Texts without it, the most likely first: which of them was there before, `add` can tell. */
  remove(text: string, path: EntryPath): readonly (string | undefined)[];
  /** The lines that a person adds by hand. */
  lines(path: EntryPath, entry: object): string;
}

/** How lines end in a text. */
export function lineEnd(text: string): string {
  return text.includes("\r\n") ? "\r\n" : "\n";
}

/** Line and column, from 1. */
export function placeOf(text: string, offset: number): string {
  const before = text.slice(0, offset).split("\n");
  return `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
}
