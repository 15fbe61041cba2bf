import { type JsonObject, objectOf, type Tool } from "../../src/plugin.ts";
import { translated } from "./dialect.ts";
import { flatSchema } from "./flat-schema.ts";
import { bounded, mapInside, type Work } from "./schema-walk.ts";

/**
 * What clients and LLM APIs refuse at the top of a tool's schema, beside `anyOf` and its like (Anthropic, OpenAI): `$schema`
 * (a checker of one dialect refuses each other one; without it, 2020-12 is meant), a `$id`, which two tools may share, and
 * what OpenAI lists with `anyOf`.
 */
const REFUSED = ["$schema", "$id", "not", "enum", "const"];

/**
 * The same schema in a form that strict clients take: an object at the top, with its properties. It is looser than
 * the original where it cannot say the same; the very same object if it is of that form already.
 */
export function portableSchema(schema: Tool["inputSchema"]): Tool["inputSchema"] {
  const shown = bounded(schema, (work) =>
    plain(topped(flatSchema(translated(schema, work), work)), work),
  );
  return shown as Tool["inputSchema"];
}

/** OpenAI wants `properties` also where there are none. */
function topped(schema: JsonObject): JsonObject {
  const kept = Object.entries(schema).filter(([key]) => !REFUSED.includes(key));
  const { properties, ...rest } = Object.fromEntries(kept);
  if (objectOf(properties))
    return kept.length === Object.keys(schema).length ? schema : Object.fromEntries(kept);
  return { ...rest, properties: {} };
}

/** Inside: no bare `true` or `false` for a schema, but `true` for what else there may be (the Inspector's `--strict`); and lists that say of what (OpenAI). */
function plain(schema: JsonObject, work: Work): JsonObject {
  work.spend(1);
  const changed = mapInside(schema, (inside, keyword) => {
    const open = /^(additional|unevaluated)/.test(keyword);
    if (typeof inside !== "boolean")
      return open && Object.keys(inside).length === 0 ? true : plain(inside, work);
    if (open) return inside;
    return inside ? {} : { not: {} };
  });
  const ofWhat = changed["type"] !== "array" || "items" in changed || "prefixItems" in changed;
  return ofWhat ? changed : { ...changed, items: {} };
}
