import { arrayOf, type JsonObject, objectOf, stringOf, type Tool } from "harness-to-mcp/plugin";
import type { Declaration } from "./schema.ts";

/** The JSON schema of a function's arguments, whichever of its two forms the harness sent. */
export function inputSchemaOf({
  parametersJsonSchema,
  parameters,
}: Declaration): Tool["inputSchema"] {
  const schema = parametersJsonSchema ?? (parameters ? fromOpenApi(parameters) : {});
  return { ...schema, type: "object" } as Tool["inputSchema"];
}

/** `{ type: "STRING", nullable: true }` → `{ type: ["string", "null"] }`, all the way down. */
function fromOpenApi({ type, nullable, ...rest }: JsonObject): JsonObject {
  const schema: JsonObject = { ...rest };
  const name = stringOf(type)?.toLowerCase();
  if (name !== undefined) schema["type"] = nullable === true ? [name, "null"] : name;
  for (const key of ["items", "additionalProperties"]) {
    const one = objectOf(schema[key]);
    if (one) schema[key] = fromOpenApi(one);
  }
  for (const key of ["anyOf", "prefixItems"]) {
    const list = arrayOf(schema[key]);
    if (list) schema[key] = list.map((each) => fromOpenApi(objectOf(each) ?? {}));
  }
  const properties = objectOf(schema["properties"]);
  if (properties) {
    const entries = Object.entries(properties);
    schema["properties"] = Object.fromEntries(
      entries.map(([key, value]) => [key, fromOpenApi(objectOf(value) ?? {})]),
    );
  }
  return schema;
}
