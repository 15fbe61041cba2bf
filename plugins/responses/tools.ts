import {
  arrayOf,
  type JsonObject,
  objectOf,
  type SkippedTool,
  stringOf,
  type Tool,
} from "../../src/plugin.ts";

/** A tool of a request, and how the wire wants it called. */
export interface WireTool {
  readonly tool: Tool;
  readonly kind: "function" | "custom";
  /** The wire's own name, inside its namespace. */
  readonly name: string;
  readonly namespace?: string | undefined;
}

/** A custom tool takes one text of a form that only its description tells. */
const FREEFORM: Tool["inputSchema"] = {
  type: "object",
  properties: { input: { type: "string" } },
  required: ["input"],
  additionalProperties: false,
};

/** The tools of a request body: those that can be served, and those that only the vendor can run. */
export function wireTools(body: unknown): { served: WireTool[]; skipped: SkippedTool[] } {
  const served: WireTool[] = [];
  const skipped: SkippedTool[] = [];

  const add = (tool: JsonObject, namespace?: string) => {
    const type = stringOf(tool["type"]) ?? "unknown";
    const name = stringOf(tool["name"]);
    if (type === "namespace" && name !== undefined) {
      for (const inner of objectsOf(tool["tools"])) add(inner, name);
      return;
    }
    const shown = namespace === undefined || name === undefined ? name : `${namespace}_${name}`;
    const inputSchema = schemaOf(type, tool["parameters"]);
    if (name === undefined || shown === undefined || inputSchema === undefined) {
      skipped.push({ name: shown, type });
      return;
    }
    const description = stringOf(tool["description"]);
    served.push({
      tool: { name: shown, ...(description === undefined ? {} : { description }), inputSchema },
      kind: type === "custom" ? "custom" : "function",
      name,
      namespace,
    });
  };

  for (const tool of listed(body)) add(tool);
  return { served, skipped };
}

/** The tools of the request itself, and those that an item of its input adds (codex 0.169 with its newest models). */
function listed(body: unknown): JsonObject[] {
  const request = objectOf(body);
  const added = objectsOf(request?.["input"]).filter((item) => item["type"] === "additional_tools");
  return [...objectsOf(request?.["tools"]), ...added.flatMap((item) => objectsOf(item["tools"]))];
}

function schemaOf(type: string, parameters: unknown): Tool["inputSchema"] | undefined {
  if (type === "custom") return FREEFORM;
  if (type !== "function") return undefined;
  const schema = objectOf(parameters) ?? {};
  // MCP wants an object at the top; a function without parameters has no type at all.
  const { type: top = "object" } = schema;
  return top === "object" ? { ...schema, type: "object" } : undefined;
}

function objectsOf(value: unknown): JsonObject[] {
  return (arrayOf(value) ?? []).map(objectOf).filter((each) => each !== undefined);
}
