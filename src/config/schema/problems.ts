import type { z } from "zod";
import { nearest } from "../../kit/did-you-mean.ts";
import { startOf } from "../../kit/cut.ts";
import { KEYS, keysAt } from "./schema.ts";

type Issue = z.core.$ZodIssue;

/** One sentence for each thing that is wrong with a config. */
export function problemsOf(issues: readonly Issue[]): string[] {
  return issues.flatMap((issue) => {
    if (issue.code === "unrecognized_keys")
      return issue.keys.map((key) => unknownKey(key, issue.path));
    return [problemOf(issue)];
  });
}

/** `a list, not the number 3` */
export function mismatch(expected: string, given: unknown, path: readonly PropertyKey[]): string {
  return `${expected}, not ${received(given, path)}`;
}

function problemOf(issue: Issue): string {
  const { path, input } = issue;
  const place = path.length === 0 ? "The config" : `\`${pathOf(path)}\``;
  if (issue.code === "invalid_type") {
    const expected = EITHER[sectionOf(path)] ?? KINDS[issue.expected] ?? issue.expected;
    return `${place} must be ${mismatch(expected, input, path)}.`;
  }
  const [wrong] = issue.code === "invalid_key" ? issue.issues : [];
  if (wrong?.code === "custom")
    return `The name in ${place} must be ${wrong.params?.["expected"]}.`;
  if (issue.code !== "custom") return `${place}: ${issue.message}.`;
  const expected: unknown = issue.params?.["expected"];
  if (typeof expected !== "string") return `${place} ${issue.message}.`;
  return `${place} must be ${mismatch(expected, input, path)}.`;
}

const KINDS: Readonly<Record<string, string>> = {
  array: "a list",
  object: "an object",
  record: "an object",
};

/** What may be of two kinds, of which the schema names one. */
const EITHER: Readonly<Record<string, string>> = {
  harnesses: "a list of names, or an object with options by name",
  audit: "an object, or false",
};

/** The section that a path leads to, also in a profile. */
function sectionOf(path: readonly PropertyKey[]): string {
  return path.slice(path[0] === "profiles" ? 2 : 0).join(".");
}

function unknownKey(key: string, path: readonly PropertyKey[]): string {
  const name = `\`${pathOf([...path, key])}\` is unknown.`;
  const known = keysAt(path);
  const near = nearest(key, known);
  if (near !== undefined) return `${name} Did you mean \`${pathOf([...path, near])}\`?`;
  const elsewhere = placeOf(key);
  // A profile has the sections of the config.
  const start = path[0] === "profiles" && elsewhere?.includes(".") ? path.slice(0, 2) : [];
  if (elsewhere !== undefined)
    return `${name} Did you mean \`${[...start.map(String), elsewhere].join(".")}\`?`;
  return `${name} Known here: ${known.join(", ")}.`;
}

/** Where a key of that name, or of one like it, belongs. */
function placeOf(key: string): string | undefined {
  const all = Object.entries(KEYS).flatMap(([section, keys]) =>
    keys.map((known) => ({ section, known })),
  );
  const near = nearest(
    key,
    all.map(({ known }) => known),
  );
  // `KEYS` ends with the sections that are commonly forgotten.
  const found = all.findLast(({ known }) => known === near);
  if (!found) return undefined;
  const { section, known } = found;
  if (section === "") return known;
  return section === "harnesses" ? `harnesses.<name>.${known}` : `${section}.${known}`;
}

/** `tools.include[0]` */
function pathOf(path: readonly PropertyKey[]): string {
  return path
    .map((key) => {
      if (typeof key === "number") return `[${key}]`;
      return /^[\w$-]+$/.test(String(key)) ? `.${String(key)}` : `[${JSON.stringify(key)}]`;
    })
    .join("")
    .replace(/^\./, "");
}

/** What was given; of what may be a secret, only its kind. */
function received(given: unknown, path: readonly PropertyKey[]): string {
  const kind = given === null ? "null" : Array.isArray(given) ? "a list" : typeof given;
  const secret = path.some((key) => ["token", "attachKey", "env"].includes(String(key)));
  switch (kind) {
    case "string":
      return given === ""
        ? "an empty text"
        : secret
          ? "this text"
          : `the text ${shortened(JSON.stringify(given))}`;
    case "number":
    case "bigint":
    case "boolean":
      return secret ? `a ${kind}` : `the ${kind} ${String(given)}`;
    case "object":
      return "an object";
    case "function":
    case "symbol":
      return `a ${kind}`;
    default:
      return kind;
  }
}

function shortened(text: string): string {
  return text.length <= 60 ? text : `${startOf(text, 60)}…`;
}
