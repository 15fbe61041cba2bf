import { arrayOf, objectOf, stringOf } from "../../kit/json.ts";

/** What is known of a schema that is cheap to compile and to apply. */
export interface Cost {
  /** How many values it has in it, with each reference written out. */
  readonly parts: number;
  /** It looks at the characters of texts. */
  readonly reads: boolean;
}

/** Most parts, and most characters, of a schema that is checked at once. */
const MOST_PARTS = 1_000;
const MOST_CHARACTERS = 256_000;
/** Most of parts times values, about 20 ns each. */
const MOST_WORK = 200_000;
/** So many characters of a text take as long as one value. */
const CHARACTERS = 16;

/**
 * Formats whose checks take a time in proportion to the text. Of others, and of every `pattern`, a text of some dozen
 * characters may take for ever.
 */
const LINEAR = new Set(["date", "date-time", "time", "uuid", "ipv4", "uri", "email"]);
/** Keywords that look at each character of a text. */
const READING = new Set(["minLength", "maxLength"]);
/** Keywords whose cost nothing here bounds; an `$id` changes what a reference means. */
const TEXTUAL = new Set(["$dynamicRef", "$recursiveRef", "$id", "id", "pattern"]);
const UNBOUND = new Set(["patternProperties", "uniqueItems"]);

/** What a schema costs, or `undefined`: only its own use can tell. Takes a bounded time itself. */
export function costOf(schema: object): Cost | undefined {
  const left = { parts: MOST_PARTS, characters: MOST_CHARACTERS };
  let reads = false;
  /** Whether all of it is cheap. A word in a value that is no schema counts too: then the check only runs elsewhere. */
  const walk = (value: unknown): boolean => {
    if (value === undefined || --left.parts < 0) return false;
    const list = arrayOf(value);
    if (list) return list.every(walk);
    const object = objectOf(value);
    if (!object) return (left.characters -= stringOf(value)?.length ?? 0) >= 0;
    return Object.entries(object).every(([key, each]) => {
      left.characters -= key.length;
      const text = stringOf(each);
      // An argument may be called so: it has a schema, where these keywords have a text. The outermost `$id` is taken off.
      if (TEXTUAL.has(key) && text !== undefined && !(key === "$id" && value === schema))
        return false;
      if (UNBOUND.has(key)) return false;
      if (READING.has(key)) reads = true;
      if (key === "format" && text !== undefined) {
        reads = true;
        return LINEAR.has(text);
      }
      // Each is written out where it stands; one in a circle uses up what is left.
      if (key === "$ref" && text !== undefined) return walk(referred(schema, text));
      return walk(each);
    });
  };
  return walk(schema) ? { parts: MOST_PARTS - left.parts, reads } : undefined;
}

/** Whether arguments are soon checked by a schema of that cost. */
export function soonChecked({ parts, reads }: Cost, args: unknown): boolean {
  let left = MOST_WORK / parts;
  const walk = (value: unknown): boolean => {
    if (typeof value === "string" && reads) left -= value.length / CHARACTERS;
    if (--left < 0) return false;
    if (typeof value !== "object" || value === null) return true;
    // Names are read too, by `propertyNames`.
    if (reads) for (const key of Object.keys(value)) left -= key.length / CHARACTERS;
    return left >= 0 && Object.values(value).every(walk);
  };
  return walk(args);
}

/** What a reference inside the same document names; `undefined` for every other one, and for one whose spelling Ajv decodes. */
function referred(root: object, reference: string): unknown {
  if (!reference.startsWith("#/") || reference.includes("%")) return undefined;
  let at: unknown = root;
  for (const step of reference.slice(2).split("/")) {
    const key = step.replaceAll("~1", "/").replaceAll("~0", "~");
    const inside = objectOf(at) ?? arrayOf(at);
    at =
      inside && Object.hasOwn(inside, key) ? (inside as Record<string, unknown>)[key] : undefined;
  }
  return at;
}
