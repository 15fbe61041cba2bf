import { createHash } from "node:crypto";

/** What a client meets in one version of a harness: names, shapes and hashes, and no word of a vendor. */
export interface Fingerprint {
  readonly harness: string;
  readonly version: string;
  /** By tool: hashes of its schema and of its description. */
  readonly tools: Readonly<Record<string, { readonly schema: string; readonly text: string }>>;
  readonly requests: Readonly<Record<string, RequestShape>>;
  /** By kind of event: its keys. */
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
  /** A hash of its texts without what differs from run to run; `varies`: it differs all the same. */
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
    .reduce((rest, folder) => rest.replaceAll(folder, "<folder>"), text)
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}/g, "<id>")
    .replaceAll(/\b(?=\w*\d)[\w-]{6,}\b/g, "<id>")
    .replaceAll(/\d+/g, "<n>");
}

/** Two runs of one version: what differs between them is chance. */
export function agreed(one: Fingerprint, other: Fingerprint): Fingerprint {
  const rows = Object.entries(one.rows).map(([row, shape]) => {
    const again = other.rows[row];
    const same = again && again.text === shape.text;
    return [row, same ? shape : { ...shape, text: "varies" }] as const;
  });
  return {
    ...one,
    requests: { ...other.requests, ...one.requests },
    events: { ...other.events, ...one.events },
    rows: Object.fromEntries(rows),
  };
}
