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
/** How many references are written out, and how deep in one another. A schema of more refers to itself in circles. */
const MOST = 1_000;
const DEEPEST = 16;

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
export function mended(schema: JsonObject, old: JsonObject): JsonObject {
  let left = MOST;
  const mend = (inside: Schema, depth: number): Schema => {
    if (typeof inside === "boolean") return inside;
    const { $ref, ...rest } = inside;
    const lost = referred(schema, $ref) === undefined ? referred(old, $ref) : undefined;
    if (lost === undefined) return mapInside(inside, (each) => mend(each, depth));
    if (lost === false) return { not: {} };
    // In a circle it is left open.
    const open = lost === true || depth === DEEPEST || left-- <= 0;
    return mapInside({ ...(open ? {} : lost), ...rest }, (each) => mend(each, depth + 1));
  };
  return mapInside(schema, (each) => mend(each, 0));
}

/** The schema without the definitions that nothing refers to. */
export function withoutOrphans(schema: JsonObject): JsonObject {
  const definitions = DEFINITIONS.flatMap((keyword) =>
    Object.entries(objectOf(schema[keyword]) ?? {}).map(([name, definition]) => {
      return { keyword, name, definition };
    }),
  );
  const used = new Set<unknown>();
  const look = (value: unknown): void => {
    for (const [key, each] of Object.entries(objectOf(value) ?? arrayOf(value) ?? {})) {
      const [section, first] = (key === "$ref" && stepsOf(each)) || [];
      for (const known of definitions) {
        if (known.keyword !== section || known.name !== first || used.has(known)) continue;
        used.add(known);
        look(known.definition);
      }
      look(each);
    }
  };
  const own = Object.fromEntries(
    Object.entries(schema).filter(([keyword]) => !DEFINITIONS.includes(keyword)),
  );
  look(own);
  const kept = DEFINITIONS.flatMap((keyword) => {
    const left = definitions.filter((known) => known.keyword === keyword && used.has(known));
    const entries = left.map(({ name, definition }) => [name, definition]);
    return left.length > 0 ? [[keyword, Object.fromEntries(entries)]] : [];
  });
  return { ...own, ...Object.fromEntries(kept) };
}
