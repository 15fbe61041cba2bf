import type { Tool } from "../../src/plugin.ts";

/** How many tools one search gives. */
export const LIMITS = { usual: 5, most: 50 };

const reads = {
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: false,
};

/** What clients are shown instead of the list. */
export const SHOWN: readonly Tool[] = [
  {
    name: "search_tools",
    title: "Search tools",
    description:
      "Finds tools by what they should do. Say it in a few plain words, such as `change part of a file`. Gives the best first, each with its name, what it does in a line, and the arguments that it must have.",
    inputSchema: {
      type: "object",
      properties: {
        query: { type: "string", description: "What should be done." },
        limit: {
          type: "integer",
          minimum: 1,
          maximum: LIMITS.most,
          description: `How many at most. Default: ${LIMITS.usual}.`,
        },
      },
      required: ["query"],
      additionalProperties: false,
    },
    outputSchema: {
      type: "object",
      properties: {
        tools: {
          type: "array",
          items: {
            type: "object",
            properties: {
              name: { type: "string" },
              description: { type: "string" },
              required: { type: "array", items: { type: "string" } },
            },
            required: ["name", "description", "required"],
          },
        },
        total: { type: "integer", description: "How many tools there are in all." },
      },
      required: ["tools", "total"],
    },
    annotations: reads,
  },
  {
    name: "describe_tool",
    title: "Describe a tool",
    description:
      "Tells all that is known of one tool: what it does, and the JSON Schema of its arguments.",
    inputSchema: {
      type: "object",
      properties: { name: { type: "string", description: "As `search_tools` gave it." } },
      required: ["name"],
      additionalProperties: false,
    },
    annotations: reads,
  },
  {
    name: "call_tool",
    title: "Call a tool",
    description:
      "Calls a tool that `search_tools` found. What it does, and what it gives, is that tool's own.",
    inputSchema: {
      type: "object",
      properties: {
        name: { type: "string", description: "As `search_tools` gave it." },
        arguments: { type: "object", description: "As `describe_tool` says. Default: {}." },
      },
      required: ["name"],
      additionalProperties: false,
    },
    annotations: { readOnlyHint: false, destructiveHint: true, openWorldHint: true },
  },
];
