import { createHash } from "node:crypto";

/** What a client meets in one version of a harness: names, shapes and hashes, and no word of a vendor. */
export interface Fingerprint {
  readonly harness: string;
  readonly version: string;
  /** By tool: hashes of its schema and of its description. */
  readonly tools: Readonly<Record<string, { readonly schema: string; readonly text: string }>>;
  readonly requests: Readonly<Record<string, RequestShape>>;
  /** By kind of event: its keys. Here and in the requests, a name with `?` behind it is one that does not come each time. */
  readonly events: Readonly<Record<string, readonly string[]>>;
  /** By row of the tests. */
  readonly rows: Readonly<Record<string, RowShape>>;
  /** How the process ends when h2m lets go of it, such as `code 0`. */
  readonly exit: string;
}

export interface RequestShape {
  readonly headers: readonly string[];
  readonly body: readonly string[];
  readonly betas: readonly string[];
}

/** How a call ended. */
export interface RowShape {
  /** Each call of the row: the types of its blocks, `error` before them, or what h2m said instead. */
  readonly results: readonly string[];
  /** A hash of its texts without what differs from run to run; `varies`: that could not be told apart. */
  readonly text: string;
  /** Whether our own pattern of it fits, where there is one. */
  readonly fits?: boolean;
}

/** Part of a SHA-256, enough to see that something is another. */
export function hashOf(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(sorted(value));
  return createHash("sha256").update(text).digest("hex").slice(0, 12);
}

/** With the keys of every object in one order. */
export function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, each]) => [key, sorted(each)]));
}

/** A text without folders, numbers and ids: what is left is the same in each run of one version, as a rule. */
export function withoutChance(text: string, folders: readonly string[]): string {
  return folders
    .reduce((rest, folder) => rest.replaceAll(folder, "folder"), text)
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}/g, "id")
    .replaceAll(/[\w-]{6,}/g, (word) => (/\d/.test(word) ? "id" : word))
    .replaceAll(/\d+/g, "n");
}

/** Behind a name that only one of two runs has met: whether it comes is chance. */
export const SOMETIMES = "?";

/** Two runs of one version, in which the texts of the rows are not hashed yet: what differs between them is chance. */
export function agreed(one: Fingerprint, other: Fingerprint): Fingerprint {
  const rows = Object.entries(one.rows).map(([row, shape]) => {
    const text = common(shape.text, other.rows[row]?.text ?? "");
    return [row, { ...shape, text: text === undefined ? "varies" : hashOf(text) }] as const;
  });
  return {
    ...one,
    requests: inBoth(one.requests, other.requests, (shape, again) => ({
      headers: namesInBoth(shape.headers, again.headers),
      body: namesInBoth(shape.body, again.body),
      betas: namesInBoth(shape.betas, again.betas),
    })),
    events: inBoth(one.events, other.events, namesInBoth),
    rows: Object.fromEntries(rows),
  };
}

function inBoth<T>(
  one: Readonly<Record<string, T>>,
  other: Readonly<Record<string, T>>,
  join: (value: T, again: T) => T,
): Record<string, T> {
  const kinds = namesInBoth(Object.keys(one), Object.keys(other)).map((name) => {
    const kind = name.endsWith(SOMETIMES) ? name.slice(0, -SOMETIMES.length) : name;
    const [value, again] = [one[kind] ?? other[kind], other[kind] ?? one[kind]];
    return [name, join(value!, again!)] as const;
  });
  return Object.fromEntries(kinds);
}

function namesInBoth(one: readonly string[], other: readonly string[]): string[] {
  const names = [...new Set([...one, ...other])].toSorted();
  return names.map((name) =>
    one.includes(name) && other.includes(name) ? name : `${name}${SOMETIMES}`,
  );
}

/** A text in which the words that differ are ids. `undefined`: more than words differs. */
function common(one: string, other: string): string | undefined {
  const [words, others] = [one.split(/([^\w-]+)/), other.split(/([^\w-]+)/)];
  if (words.length !== others.length) return undefined;
  const same = words.map((word, place) => {
    if (word === others[place]) return word;
    return [word, others[place] ?? ""].every((each) => /^[\w-]+$/.test(each)) ? "id" : undefined;
  });
  return same.includes(undefined) ? undefined : same.join("");
}

/** As JSON, with a line for each tool, kind and row, so that a difference can be read. */
export function printed(fingerprint: Fingerprint): string {
  const parts = Object.entries(fingerprint).map(([name, value]) => {
    if (typeof value === "string") return `  ${JSON.stringify(name)}: ${JSON.stringify(value)}`;
    const lines = Object.entries(value as object).map(
      ([key, each]) => `    ${JSON.stringify(key)}: ${JSON.stringify(each)}`,
    );
    return `  ${JSON.stringify(name)}: {\n${lines.join(",\n")}\n  }`;
  });
  return `{\n${parts.join(",\n")}\n}\n`;
}
