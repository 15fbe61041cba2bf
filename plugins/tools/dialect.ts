import { arrayOf, type JsonObject, objectOf } from "../../src/plugin.ts";
import { mapInside, referred, type Work } from "./schema-walk.ts";

const TYPES = ["array", "boolean", "integer", "null", "number", "object", "string"];
/** Longest pattern that is looked at, in characters. */
const LONGEST = 10_000;

/**
 * A schema of draft-03 to draft-07 as one of 2020-12, which is what one without `$schema` means: MCP servers of users still write
 * the old ones. What cannot be said, or refers to nothing, is left out. The very same object if nothing is of an old kind.
 */
export function translated(schema: JsonObject, work: Work): JsonObject {
  const now = everywhere(schema, modern, work);
  return everywhere(now, (each) => withoutDangling(each, now), work);
}

function everywhere(
  schema: JsonObject,
  change: (schema: JsonObject) => JsonObject,
  work: Work,
): JsonObject {
  work.spend(1 + Object.keys(schema).length);
  return mapInside(change(schema), (inside) =>
    typeof inside === "boolean" ? inside : everywhere(inside, change, work),
  );
}

function modern(schema: JsonObject): JsonObject {
  const now: Record<string, unknown> = { ...schema };
  bound(now, "minimum", "exclusiveMinimum");
  bound(now, "maximum", "exclusiveMaximum");
  tuple(now);
  dependencies(now);
  if (typeof now["id"] === "string") delete now["id"];
  if ("required" in now && !arrayOf(now["required"])) delete now["required"];
  typed(now);
  patterns(now);
  const keys = Object.keys(now);
  const same = keys.length === Object.keys(schema).length;
  return same && keys.every((key) => now[key] === schema[key]) ? schema : now;
}

/** Draft-04: `exclusiveMinimum: true` beside `minimum`. */
function bound(schema: Record<string, unknown>, name: string, exclusive: string): void {
  if (typeof schema[exclusive] !== "boolean") return;
  const limit = schema[name];
  const strict = schema[exclusive] && typeof limit === "number";
  delete schema[exclusive];
  if (!strict) return;
  delete schema[name];
  schema[exclusive] = limit;
}

/** A list of schemas in `items`, and `additionalItems` for the rest. */
function tuple(schema: Record<string, unknown>): void {
  const places = arrayOf(schema["items"]);
  const rest = schema["additionalItems"];
  delete schema["additionalItems"];
  if (!places) return;
  delete schema["items"];
  if (places.length > 0) schema["prefixItems"] = places;
  if (rest !== undefined) schema["items"] = rest;
}

function dependencies(schema: Record<string, unknown>): void {
  const all = objectOf(schema["dependencies"]);
  if (!all) return;
  delete schema["dependencies"];
  const entries = Object.entries(all);
  const names = entries.flatMap(([name, wanted]) =>
    // Draft-03 names a single one without a list.
    typeof wanted === "string" ? [[name, [wanted]]] : arrayOf(wanted) ? [[name, wanted]] : [],
  );
  const schemas = entries.filter(([, wanted]) => objectOf(wanted) || typeof wanted === "boolean");
  if (names.length > 0) schema["dependentRequired"] ??= Object.fromEntries(names);
  if (schemas.length > 0) schema["dependentSchemas"] ??= Object.fromEntries(schemas);
}

/** `any` and the like are no types. */
function typed(schema: Record<string, unknown>): void {
  const { type } = schema;
  if (type === undefined) return;
  const list = arrayOf(type);
  const known = (list ?? [type]).filter((each) => TYPES.includes(each as string));
  if (known.length === (list ?? [type]).length && (!list || list.length > 0)) return;
  delete schema["type"];
}

/** 2020-12 reads patterns with Unicode in mind, where `\-` or a lone `{` is no pattern. */
function patterns(schema: Record<string, unknown>): void {
  if ("pattern" in schema && !isPattern(schema["pattern"])) delete schema["pattern"];
  const named = objectOf(schema["patternProperties"]);
  if (!named || Object.keys(named).every(isPattern)) return;
  const kept = Object.entries(named).filter(([name]) => isPattern(name));
  schema["patternProperties"] = Object.fromEntries(kept);
  // What a pattern allowed that nobody can read must not be forbidden now.
  delete schema["additionalProperties"];
}

function isPattern(value: unknown): boolean {
  if (typeof value !== "string" || value.length > LONGEST) return false;
  try {
    new RegExp(value, "u");
    return true;
  } catch {
    return false;
  }
}

function withoutDangling(schema: JsonObject, root: JsonObject): JsonObject {
  const { $ref, ...rest } = schema;
  if ($ref === undefined || $ref === "#" || referred(root, $ref) !== undefined) return schema;
  const anchor = typeof $ref === "string" && /^#([^/].*)$/.exec($ref)?.[1];
  if (anchor && JSON.stringify(root).includes(`"$anchor":${JSON.stringify(anchor)}`)) return schema;
  return rest;
}
