import {
  arrayOf,
  type JsonObject,
  objectOf,
  stringOf,
  type Tool,
  type ToolArguments,
} from "../../src/plugin.ts";
import { flatSchema } from "./flat-schema.ts";
import { mended, withoutOrphans } from "./schema-walk.ts";

/** Conditions, each of which stands or falls as a whole. */
const CONDITIONS = [["if", "then", "else"], ["not"], ["minProperties"], ["maxProperties"]];
/** Conditions by the name of an argument. */
const DEPENDENTS = ["dependentRequired", "dependentSchemas", "dependencies"];

/**
 * A tool's schema for those who set neither the pinned nor the hidden arguments: they are gone, with every condition that
 * names them, and an argument with a default is not required.
 */
export function reducedSchema(
  schema: Tool["inputSchema"],
  { pin = {}, hide = [], default: defaults = {} }: ToolArguments,
): Tool["inputSchema"] {
  const gone = new Set([...Object.keys(pin), ...hide]);
  const set = new Set([...gone, ...Object.keys(defaults)]);
  if (set.size === 0) return schema;
  const reduced: JsonObject = { ...flatSchema(schema) };
  const put = (key: string, value: JsonObject | readonly unknown[] | undefined): void => {
    if (value && Object.keys(value).length > 0) reduced[key] = value;
    else delete reduced[key];
  };
  const properties = objectOf(reduced["properties"]);
  if (properties) reduced["properties"] = propertiesOf(properties, gone, defaults);
  put(
    "required",
    arrayOf(reduced["required"])?.filter((name) => !set.has(String(name))),
  );
  for (const key of DEPENDENTS) {
    const entries = Object.entries(objectOf(reduced[key]) ?? {});
    put(key, Object.fromEntries(entries.filter((entry) => !names(entry, set))));
  }
  for (const keys of CONDITIONS) {
    const counts = keys[0]?.endsWith("Properties");
    if (
      counts ||
      names(
        keys.map((key) => reduced[key]),
        set,
      )
    )
      for (const key of keys) put(key, undefined);
  }
  return withoutOrphans(mended(reduced, schema)) as Tool["inputSchema"];
}

function propertiesOf(
  properties: JsonObject,
  gone: ReadonlySet<string>,
  defaults: JsonObject,
): JsonObject {
  const kept = Object.entries(properties).filter(([name]) => !gone.has(name));
  return Object.fromEntries(
    kept.map(([name, schema]) => {
      const known = objectOf(schema);
      const told = known && Object.hasOwn(defaults, name);
      return [name, told ? { ...known, default: defaults[name] } : schema];
    }),
  );
}

/** Whether a condition names one of the arguments. A word of another meaning counts too: the schema only gets looser by it. */
function names(value: unknown, wanted: ReadonlySet<string>): boolean {
  const text = stringOf(value);
  if (text !== undefined) return wanted.has(text);
  const inside = objectOf(value) ?? arrayOf(value) ?? {};
  return Object.entries(inside).some(
    ([key, each]) => (!Array.isArray(inside) && wanted.has(key)) || names(each, wanted),
  );
}
