import { arrayOf, type JsonObject, objectOf } from "../../src/plugin.ts";

/** A schema: an object, or `true` (anything) or `false` (nothing). */
export type Schema = JsonObject | boolean;

const DEFINITIONS = ["$defs", "definitions"];
const MAPS = ["properties", "patternProperties", "dependentSchemas", ...DEFINITIONS];
const LISTS = ["allOf", "anyOf", "oneOf", "prefixItems", "items"];
const OPEN = [
  "additionalProperties",
  "unevaluatedProperties",
  "unevaluatedItems",
  "additionalItems",
];
const SINGLE = ["items", "contains", "propertyNames", "not", "if", "then", "else", ...OPEN];
/** How deep references that are written out may stand in one another. A schema of more refers to itself in circles. */
const DEEPEST = 16;
/** Longest schema that is changed, in characters of its JSON. */
const LONGEST = 1_000_000;
/** Most that is done for one schema: an honest one of a hundred arguments takes some hundreds. */
const MOST = 50_000;

class TooMuch extends Error {}

/** What may still be done for one schema: a small one can ask for any work, by references that double, or each by each. */
export class Work {
  #left = MOST;

  /** @throws if that is too much, through to {@link bounded} */
  spend(steps: number): void {
    this.#left -= steps;
    if (this.#left < 0) throw new TooMuch();
  }
}

/** A schema changed, or one that takes any object where that is too much work: looser, and soon there. */
export function bounded(schema: JsonObject, change: (work: Work) => JsonObject): JsonObject {
  const anything = { type: "object", properties: {} };
  if (JSON.stringify(schema).length > LONGEST) return anything;
  try {
    return change(new Work());
  } catch (error) {
    if (error instanceof TooMuch) return anything;
    throw error;
  }
}

export function schemaOf(value: unknown): Schema | undefined {
  return typeof value === "boolean" ? value : objectOf(value);
}

/** The same schema with each schema right inside it changed; the very same object if none was. */
export function mapInside(
  schema: JsonObject,
  change: (inside: Schema, keyword: string) => Schema,
): JsonObject {
  const entries = Object.entries(schema).map(([keyword, value]) => {
    const one = (each: unknown): unknown => {
      const inside = schemaOf(each);
      return inside === undefined ? each : change(inside, keyword);
    };
    const list = arrayOf(value);
    const map = objectOf(value);
    if (list && LISTS.includes(keyword)) return [keyword, sameOr(list, list.map(one))] as const;
    if (map && MAPS.includes(keyword)) {
      const names = Object.keys(map);
      const values = Object.values(map);
      const changed = sameOr(values, values.map(one));
      const now = Object.fromEntries(names.map((name, place) => [name, changed[place]]));
      return [keyword, changed === values ? map : now] as const;
    }
    return [keyword, SINGLE.includes(keyword) && !list ? one(value) : value] as const;
  });
  const changed = entries.some(([keyword, value]) => value !== schema[keyword]);
  return changed ? Object.fromEntries(entries) : schema;
}

function sameOr<T>(old: readonly T[], now: readonly T[]): readonly T[] {
  return now.every((each, place) => each === old[place]) ? old : now;
}

/** What a reference inside the same document names, such as `#/$defs/path`. */
export function referred(root: JsonObject, reference: unknown): Schema | undefined {
  const steps = stepsOf(reference);
  if (!steps) return undefined;
  let at: unknown = root;
  for (const key of steps) {
    const inside = objectOf(at) ?? arrayOf(at);
    at = inside && Object.hasOwn(inside, key) ? (inside as JsonObject)[key] : undefined;
  }
  return schemaOf(at);
}

function stepsOf(reference: unknown): string[] | undefined {
  if (typeof reference !== "string" || !reference.startsWith("#/")) return undefined;
  const steps = reference.slice(2).split("/");
  return steps.map((step) => decoded(step).replaceAll("~1", "/").replaceAll("~0", "~"));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A sign that begins no escape stands for itself.
    return text;
  }
}

/** The schema with what it refers to in `old`, and has itself no more, written out in place. */
export function mended(schema: JsonObject, old: JsonObject, work: Work): JsonObject {
  const mend = (inside: Schema, depth: number): Schema => {
    if (typeof inside === "boolean") return inside;
    work.spend(1 + Object.keys(inside).length);
    const { $ref, ...rest } = inside;
    const lost = referred(schema, $ref) === undefined ? referred(old, $ref) : undefined;
    if (lost === undefined) return mapInside(inside, (each) => mend(each, depth));
    if (lost === false) return { not: {} };
    // In a circle it is left open.
    const open = lost === true || depth === DEEPEST;
    return mapInside({ ...(open ? {} : lost), ...rest }, (each) => mend(each, depth + 1));
  };
  return mapInside(schema, (each) => mend(each, 0));
}

/** The schema without the definitions that nothing refers to. */
export function withoutOrphans(schema: JsonObject): JsonObject {
  const definitions = new Map<string, unknown>();
  for (const keyword of DEFINITIONS)
    for (const [name, definition] of Object.entries(objectOf(schema[keyword]) ?? {}))
      definitions.set(placeOf(keyword, name), definition);
  const used = new Set<string>();
  const own = Object.fromEntries(
    Object.entries(schema).filter(([keyword]) => !DEFINITIONS.includes(keyword)),
  );
  // A list and no recursion: the stack would not do for thousands that refer each to the next.
  const left: unknown[] = [own];
  for (let value = left.pop(); value !== undefined; value = left.pop()) {
    for (const [key, each] of Object.entries(objectOf(value) ?? arrayOf(value) ?? {})) {
      const [section, first] = (key === "$ref" && stepsOf(each)) || [];
      const place = placeOf(section, first);
      if (definitions.has(place) && !used.has(place)) {
        used.add(place);
        left.push(definitions.get(place));
      }
      if (typeof each === "object" && each !== null) left.push(each);
    }
  }
  const kept = DEFINITIONS.flatMap((keyword) => {
    const entries = Object.entries(objectOf(schema[keyword]) ?? {});
    const left = entries.filter(([name]) => used.has(placeOf(keyword, name)));
    return left.length > 0 ? [[keyword, Object.fromEntries(left)]] : [];
  });
  return { ...own, ...Object.fromEntries(kept) };
}

function placeOf(section: string | undefined, name: string | undefined): string {
  return `${section}/${name}`;
}
