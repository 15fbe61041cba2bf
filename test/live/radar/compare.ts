import { type Fingerprint, SOMETIMES } from "./fingerprint.ts";

/** One thing that is not as it was. */
export interface Change {
  /** Names it in `known.json`: `tool new Monitor`, `row text Bash ok`. */
  readonly key: string;
  /** What a maintainer should look at. */
  readonly advice: string;
}

/** What to do about each kind of change. */
const ADVICE = {
  "tool new": "annotate it in the launcher's annotations, and give it a row",
  "tool gone": "take its row and its annotation to the versions that had it",
  "tool schema": "look whether the calls that h2m sends or changes still fit",
  "tool description": "nothing, unless the docs say what the tool does",
  "request new": "see whether it needs an answer of its own, or ends in a client's turn",
  "request gone": "nothing, unless h2m relies on it",
  "request headers": "look at `recognize`: whose turn it is goes by headers",
  "request body": "look at the API adapter's schema",
  "request betas": "look whether the request has parts that the adapter does not know",
  "event new": "see whether it carries results, or tells something that clients should hear",
  "event gone": "look for what the driver took from it",
  "event keys": "look at what the driver reads of it",
  "row new": "nothing: the row is new",
  "row gone": "nothing: the row is gone",
  "row results": "clients see another kind of result: mend the driver or the docs",
  "row text": "read the new text; mend the pattern of the row if it fits no more",
  "row fits": "mend the pattern of the row, from this version on",
  exit: "look at the launcher: the program ends in another way",
} as const;

/** All that differs, in the order of the fingerprint. */
export function changesOf(before: Fingerprint, after: Fingerprint): Change[] {
  const changes: Change[] = [];
  const note = (kind: keyof typeof ADVICE, what: string) =>
    changes.push({ key: `${kind}${what === "" ? "" : ` ${what}`}`, advice: ADVICE[kind] });
  const both = <T>(
    kind: "tool" | "request" | "event" | "row",
    [old, now]: [Readonly<Record<string, T>>, Readonly<Record<string, T>>],
    look: (name: string, old: T, now: T) => void,
  ) => {
    for (const word of differing(Object.keys(old), Object.keys(now)))
      note(`${kind} ${word.startsWith("+") ? "new" : "gone"}`, word.slice(1));
    for (const [name, was] of Object.entries(old)) {
      const is = now[name] ?? now[name + SOMETIMES] ?? now[certain(name)];
      if (is !== undefined) look(certain(name), was, is);
    }
  };
  const same = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);

  both("tool", [before.tools, after.tools], (name, was, is) => {
    if (was.schema !== is.schema) note("tool schema", name);
    if (was.text !== is.text) note("tool description", name);
  });
  both("request", [before.requests, after.requests], (name, was, is) => {
    for (const part of ["headers", "body", "betas"] as const)
      for (const word of differing(was[part], is[part]))
        note(`request ${part}`, `${name}: ${word}`);
  });
  both("event", [before.events, after.events], (name, was, is) => {
    for (const word of differing(was, is)) note("event keys", `${name}: ${word}`);
  });
  both("row", [before.rows, after.rows], (name, was, is) => {
    if (!same(was.results, is.results))
      note("row results", `${name}: ${was.results.join("; ")} -> ${is.results.join("; ")}`);
    if (was.fits !== is.fits) note("row fits", `${name}: ${is.fits}`);
    // One that varies says nothing.
    if (was.text !== is.text && was.text !== "varies" && is.text !== "varies")
      note("row text", name);
  });
  if (before.exit !== after.exit) note("exit", `${before.exit} -> ${after.exit}`);
  return changes;
}

/** `+new` and `-gone`. What comes by chance is neither. */
function differing(before: readonly string[], after: readonly string[]): string[] {
  const missing = (from: readonly string[], names: readonly string[]) => {
    const known = new Set(names.map(certain));
    return from.filter((name) => !name.endsWith(SOMETIMES) && !known.has(name));
  };
  return [
    ...missing(after, before).map((word) => `+${word}`),
    ...missing(before, after).map((word) => `-${word}`),
  ];
}

function certain(name: string): string {
  return name.endsWith(SOMETIMES) ? name.slice(0, -SOMETIMES.length) : name;
}
