import type { JsonObject, Tool } from "../../src/plugin.ts";
import { placedAt } from "./schema.ts";

export interface DocumentOptions {
  /** That of the URL, where one of several was chosen. */
  readonly harness: string | undefined;
  readonly version: string;
}

const JSON_TYPE = "application/json";
const HEADERS = [
  {
    name: "h2m-session",
    in: "header",
    description: "A session that all who name it share. Without it all share `default`.",
    schema: { type: "string", pattern: "^[a-z0-9][a-z0-9_-]{0,31}$" },
  },
  {
    name: "h2m-confirm",
    in: "header",
    description: "The `confirm` of a 409, by which a person says yes to this very request.",
    schema: { type: "string" },
  },
];

const COMPONENTS = {
  Result: {
    type: "object",
    description: "What a tool gave, as MCP has it. `isError`: the tool itself failed.",
    properties: {
      content: { type: "array", items: { type: "object", required: ["type"] } },
      structuredContent: { type: "object" },
      isError: { type: "boolean" },
    },
    required: ["content"],
  },
  Error: {
    type: "object",
    properties: {
      error: {
        type: "object",
        properties: {
          code: { type: "string" },
          message: { type: "string" },
          issues: {
            type: "array",
            items: {
              type: "object",
              properties: { path: { type: "string" }, message: { type: "string" } },
              required: ["path", "message"],
            },
          },
          confirm: { type: "string" },
        },
        required: ["code", "message"],
      },
    },
    required: ["error"],
  },
};

/** What each status is told for. */
const PROBLEMS: Readonly<Record<string, string>> = {
  400: "The body is no JSON object.",
  401: "The token is missing.",
  403: "The call may not be made.",
  404: "There is no such tool.",
  406: "No such answer can be given.",
  409: "A person is asked first: send the request again with `h2m-confirm`.",
  413: "The body is too large.",
  422: "The arguments do not fit.",
  429: "Too many calls within a minute.",
  502: "The harness went away; where the code is `outcome-unknown`, the call may have run.",
  503: "There is no room, or no harness.",
  504: "There was no answer in time.",
};

/** The OpenAPI 3.1 document of a list of tools. */
export function documentOf(
  tools: readonly Tool[],
  { harness, version }: DocumentOptions,
): JsonObject {
  const keys = keysOf(tools);
  const schemas: Record<string, object> = { ...COMPONENTS };
  const paths: Record<string, object> = {};
  const before = harness === undefined ? "" : `/${encodeURIComponent(harness)}`;
  for (const [place, tool] of tools.entries()) {
    const key = keys[place] ?? "";
    schemas[`${key}.input`] = placedAt(tool.inputSchema, `#/components/schemas/${key}.input`);
    if (tool.outputSchema)
      schemas[`${key}.output`] = placedAt(tool.outputSchema, `#/components/schemas/${key}.output`);
    paths[`/tools${before}/${encodeURIComponent(tool.name)}`] = { post: operationOf(tool, key) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: `Tools${harness === undefined ? "" : ` of ${harness}`} (h2m)`,
      version,
      description: "Each tool is an operation: its arguments are the body.",
    },
    paths,
    components: {
      schemas,
      securitySchemes: { token: { type: "http", scheme: "bearer" } },
    },
    security: [{ token: [] }],
  };
}

function operationOf(
  { name, title, description, outputSchema, annotations }: Tool,
  key: string,
): object {
  const result = { $ref: "#/components/schemas/Result" };
  const told = outputSchema
    ? {
        allOf: [
          result,
          {
            type: "object",
            properties: { structuredContent: { $ref: `#/components/schemas/${key}.output` } },
          },
        ],
      }
    : result;
  const problem = { [JSON_TYPE]: { schema: { $ref: "#/components/schemas/Error" } } };
  return {
    operationId: key,
    summary: title ?? annotations?.title ?? name,
    ...(description === undefined ? {} : { description }),
    parameters: HEADERS,
    requestBody: {
      required: true,
      content: { [JSON_TYPE]: { schema: { $ref: `#/components/schemas/${key}.input` } } },
    },
    responses: {
      200: {
        description: "The result. As events: `progress`, then `result` or `error`, then `done`.",
        content: {
          [JSON_TYPE]: { schema: told },
          "text/event-stream": { schema: { type: "string" } },
          "image/*": { schema: { type: "string", contentEncoding: "binary" } },
        },
      },
      ...Object.fromEntries(
        Object.entries(PROBLEMS).map(([status, text]) => [
          status,
          { description: text, content: problem },
        ]),
      ),
    },
  };
}

/** A key of letters that a component may have, for each tool, each another one. */
function keysOf(tools: readonly Tool[]): string[] {
  const taken = new Set<string>(Object.keys(COMPONENTS));
  return tools.map(({ name }) => {
    const plain = name.replaceAll(/[^\w-]/g, "_") || "tool";
    let key = plain;
    for (let i = 2; taken.has(key); i++) key = `${plain}_${i}`;
    taken.add(key);
    return key;
  });
}
