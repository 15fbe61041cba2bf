import { isDeepStrictEqual } from "node:util";
import { arrayOf, type JsonObject, objectOf, stringOf } from "../../src/plugin.ts";
import { mended, referred, type Schema, schemaOf } from "./schema-walk.ts";

/** What says in parts what an object is. */
const COMPOSING = ["$ref", "allOf", "anyOf", "oneOf"];
/** How many parts are read, and how deep in one another. A schema of more refers to itself in circles. */
const MOST = 1_000;
const DEEPEST = 16;

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
export function flatSchema(schema: JsonObject): JsonObject {
  if (!COMPOSING.some((key) => Object.hasOwn(schema, key))) return schema;
  const gone = [...COMPOSING, "unevaluatedProperties"];
  const own = Object.entries(schema).filter(([key]) => !gone.includes(key));
  const { properties, required, closed } = flattened(schema, schema, { left: MOST }, 0);
  const flat = {
    ...Object.fromEntries(own),
    type: "object",
    properties,
    ...(required.length > 0 ? { required } : {}),
    ...(closed ? { additionalProperties: false } : {}),
  };
  return mended(flat, schema);
}

function flattened(
  schema: JsonObject,
  root: JsonObject,
  parts: { left: number },
  depth: number,
): Flat {
  const own: Flat = {
    properties: objectOf(schema["properties"]) ?? {},
    required: namesIn(schema["required"]),
    closed: schema["additionalProperties"] === false && !objectOf(schema["patternProperties"]),
  };
  if (depth === DEEPEST || parts.left-- <= 0) return own;
  const inside = (branch: Schema) =>
    typeof branch === "boolean"
      ? { properties: {}, required: [], closed: false }
      : flattened(branch, root, parts, depth + 1);
  const target = referred(root, schema["$ref"]);
  const together = [...(target === undefined ? [] : [target]), ...schemasIn(schema["allOf"])];
  const either = [schema["anyOf"], schema["oneOf"]]
    .map((branches) => schemasIn(branches).filter(takesObjects).map(inside))
    .filter((branches) => branches.length > 0)
    .map(anyOfThem);
  const all = [own, ...together.map(inside), ...either];
  return {
    // What stands outermost says most.
    properties: laidOver(all.map(({ properties }) => properties).toReversed()),
    required: [...new Set(all.flatMap((part) => part.required))],
    closed: all.some((part) => part.closed),
  };
}

/** One of several: any of their properties, and what all of them require. */
function anyOfThem(branches: readonly Flat[]): Flat {
  const names = new Set(branches.flatMap(({ properties }) => Object.keys(properties)));
  const properties = [...names].map((name) => {
    const variants: unknown[] = [];
    for (const { properties: own } of branches) {
      if (!Object.hasOwn(own, name)) continue;
      if (!variants.some((each) => isDeepStrictEqual(each, own[name]))) variants.push(own[name]);
    }
    return [name, variants.length === 1 ? variants[0] : { anyOf: variants }];
  });
  return {
    properties: Object.fromEntries(properties),
    required: (branches[0]?.required ?? []).filter((name) =>
      branches.every((branch) => branch.required.includes(name)),
    ),
    closed: branches.every((branch) => branch.closed),
  };
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
