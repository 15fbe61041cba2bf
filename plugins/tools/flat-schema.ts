import { isDeepStrictEqual } from "node:util";
import { arrayOf, type JsonObject, objectOf, stringOf } from "../../src/plugin.ts";
import { mended, referred, type Schema, schemaOf, type Work } from "./schema-walk.ts";

/** What says in parts what an object is. */
const COMPOSING = ["$ref", "allOf", "anyOf", "oneOf"];
/** How deep parts may stand in one another. A schema of more refers to itself in circles. */
const DEEPEST = 16;
/** Most alternatives for one argument; one of more is left open. */
const MOST_VARIANTS = 64;

/** What the parts of a schema say together, as far as one object can say it. */
interface Flat {
  readonly properties: JsonObject;
  readonly required: readonly string[];
  /** Nothing but the properties is taken. */
  readonly closed: boolean;
}

/**
 * The schema of an object as one list of properties, without alternatives and references at its top; the very same object
 * if it has none. It takes what the given one takes, except that an argument is as those alternatives describe it that
 * have it, also where another leaves it open.
 */
export function flatSchema(schema: JsonObject, work: Work): JsonObject {
  if (!COMPOSING.some((key) => Object.hasOwn(schema, key))) return schema;
  const gone = [...COMPOSING, "unevaluatedProperties"];
  const own = Object.entries(schema).filter(([key]) => !gone.includes(key));
  const { properties, required, closed } = flattened(schema, schema, work, 0);
  const flat = {
    ...Object.fromEntries(own),
    type: "object",
    properties,
    ...(required.length > 0 ? { required } : {}),
    ...(closed ? { additionalProperties: false } : {}),
  };
  return mended(flat, schema, work);
}

function flattened(schema: JsonObject, root: JsonObject, work: Work, depth: number): Flat {
  const own: Flat = {
    properties: objectOf(schema["properties"]) ?? {},
    required: namesIn(schema["required"]),
    closed: schema["additionalProperties"] === false && !objectOf(schema["patternProperties"]),
  };
  work.spend(1);
  if (depth === DEEPEST) return own;
  const inside = (branch: Schema) =>
    typeof branch === "boolean"
      ? { properties: {}, required: [], closed: false }
      : flattened(branch, root, work, depth + 1);
  const target = referred(root, schema["$ref"]);
  const together = [...(target === undefined ? [] : [target]), ...schemasIn(schema["allOf"])];
  const either = [schema["anyOf"], schema["oneOf"]]
    .map((branches) => schemasIn(branches).filter(takesObjects).map(inside))
    .filter((branches) => branches.length > 0)
    .map((branches) => anyOfThem(branches, work));
  const all = [own, ...together.map(inside), ...either];
  for (const part of all) work.spend(sizeOf(part));
  return {
    // What stands outermost says most.
    properties: laidOver(all.map(({ properties }) => properties).toReversed()),
    required: [...new Set(all.flatMap((part) => part.required))],
    closed: all.some((part) => part.closed),
  };
}

/** One of several: any of their properties, and what all of them require. */
function anyOfThem(branches: readonly Flat[], work: Work): Flat {
  const variants = new Map<string, unknown[]>();
  for (const branch of branches) {
    work.spend(sizeOf(branch));
    for (const [name, own] of Object.entries(branch.properties)) {
      const known = variants.get(name) ?? [];
      variants.set(name, known);
      if (known.length > MOST_VARIANTS) continue;
      work.spend(known.length);
      if (!known.some((each) => isDeepStrictEqual(each, own))) known.push(own);
    }
  }
  const properties = [...variants].map(([name, known]) => {
    if (known.length > MOST_VARIANTS) return [name, {}];
    return [name, known.length === 1 ? known[0] : { anyOf: known }];
  });
  const [first, ...others] = branches.map(({ required }) => new Set(required));
  return {
    properties: Object.fromEntries(properties),
    required: [...(first ?? [])].filter((name) => others.every((names) => names.has(name))),
    closed: branches.every((branch) => branch.closed),
  };
}

function sizeOf({ properties, required }: Flat): number {
  return Object.keys(properties).length + required.length;
}

function laidOver(layers: readonly JsonObject[]): JsonObject {
  return Object.fromEntries(layers.flatMap((layer) => Object.entries(layer)));
}

function takesObjects(branch: Schema): boolean {
  if (typeof branch === "boolean") return branch;
  return (arrayOf(branch["type"]) ?? [branch["type"] ?? "object"]).includes("object");
}

function schemasIn(value: unknown): Schema[] {
  return (arrayOf(value) ?? []).map(schemaOf).filter((each) => each !== undefined);
}

function namesIn(value: unknown): string[] {
  return (arrayOf(value) ?? []).map(stringOf).filter((each) => each !== undefined);
}
