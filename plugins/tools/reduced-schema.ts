import {
  arrayOf,
  type JsonObject,
  objectOf,
  stringOf,
  type Tool,
  type ToolArguments,
} from "../../src/plugin.ts";
import { flatSchema } from "./flat-schema.ts";
import { bounded, mended, type Work, withoutOrphans } from "./schema-walk.ts";

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
  own: ToolArguments,
): Tool["inputSchema"] {
  return bounded(schema, (work) => reduced(schema, own, work)) as Tool["inputSchema"];
}

function reduced(
  schema: JsonObject,
  { pin = {}, hide = [], default: defaults = {} }: ToolArguments,
  work: Work,
): JsonObject {
  const gone = new Set([...Object.keys(pin), ...hide]);
  const set = new Set([...gone, ...Object.keys(defaults)]);
  if (set.size === 0) return schema;
  const changed: JsonObject = { ...flatSchema(schema, work) };
  const put = (key: string, value: JsonObject | readonly unknown[] | undefined): void => {
    if (value && Object.keys(value).length > 0) changed[key] = value;
    else delete changed[key];
  };
  const properties = objectOf(changed["properties"]);
  if (properties) changed["properties"] = propertiesOf(properties, gone, defaults);
  put(
    "required",
    arrayOf(changed["required"])?.filter((name) => !set.has(String(name))),
  );
  for (const key of DEPENDENTS) {
    const entries = Object.entries(objectOf(changed[key]) ?? {});
    put(key, Object.fromEntries(entries.filter((entry) => !names(entry, set))));
  }
  for (const keys of CONDITIONS) {
    const counts = keys[0]?.endsWith("Properties");
    if (
      counts ||
      names(
        keys.map((key) => changed[key]),
        set,
      )
    )
      for (const key of keys) put(key, undefined);
  }
  return withoutOrphans(mended(changed, schema, work));
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
