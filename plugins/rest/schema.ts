import { type JsonObject, objectOf } from "../../src/plugin.ts";

/** Keys whose values are data, and no schemas: nothing in them is a reference. */
const DATA = new Set(["const", "enum", "default", "examples", "example", "required"]);

/**
 * A tool's schema as it stands at `place` of the document (such as `#/components/schemas/Bash`): what points into the schema points to
 * that place of the document. The same schema otherwise, without `$schema` and the `$id` of the whole.
 */
export function placedAt(schema: object, place: string): JsonObject {
  const { $schema: _, $id: own, ...rest } = schema as JsonObject;
  const anchors = new Map<string, string>();
  collect(rest, "", anchors);
  const moved = (reference: string): string => {
    const local =
      typeof own === "string" && reference.startsWith(`${own}#`)
        ? reference.slice(own.length)
        : reference;
    if (local === "#" || local === own) return place;
    if (local.startsWith("#/")) return place + local.slice(1);
    const anchor = local.startsWith("#") ? anchors.get(local.slice(1)) : undefined;
    return anchor === undefined ? reference : place + anchor;
  };
  return rewritten(rest, moved) as JsonObject;
}

/** Where the anchors of a schema are, as JSON pointers into it. */
function collect(at: unknown, pointer: string, anchors: Map<string, string>): void {
  if (Array.isArray(at)) {
    for (const [place, each] of at.entries()) collect(each, `${pointer}/${place}`, anchors);
    return;
  }
  const found = objectOf(at);
  if (!found) return;
  for (const key of ["$anchor", "$dynamicAnchor"]) {
    const name = found[key];
    if (typeof name === "string" && !anchors.has(name)) anchors.set(name, pointer);
  }
  for (const [key, each] of Object.entries(found)) {
    if (DATA.has(key)) continue;
    collect(each, `${pointer}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`, anchors);
  }
}

/** Inside of a part with an `$id` of its own, references are that part's. */
function rewritten(at: unknown, moved: (reference: string) => string): unknown {
  if (Array.isArray(at)) return at.map((each) => rewritten(each, moved));
  const found = objectOf(at);
  if (!found) return at;
  if (typeof found["$id"] === "string") return found;
  return Object.fromEntries(
    Object.entries(found).flatMap(([key, value]) => {
      // The whole document has one namespace for these.
      if (key === "$anchor" || key === "$dynamicAnchor" || key === "$schema") {
        if (typeof value === "string") return [];
      }
      if (key === "$ref" && typeof value === "string") return [[key, moved(value)]];
      if (key === "$dynamicRef" && typeof value === "string") return [["$ref", moved(value)]];
      return [[key, DATA.has(key) ? value : rewritten(value, moved)]];
    }),
  );
}
