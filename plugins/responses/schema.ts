import { z } from "zod";
import { listOf } from "../../src/plugin.ts";

/** The parts of a responses API request that we use; everything else passes unread. */
const item = z.looseObject({
  /** Absent on plain messages, which are `{ role, content }`. */
  type: z.string().optional(),
});

const tool = z.looseObject({ type: z.string(), name: z.string().optional() });

export const responsesRequest = z.looseObject({
  model: z.string(),
  stream: z.boolean().nullish(),
  instructions: z.string().nullish(),
  input: z.union([z.string(), listOf(item)]),
  tools: listOf(tool).nullish(),
  previous_response_id: z.string().nullish(),
  /** `false`: make ready for a request to come, write nothing (WebSocket, codex 0.169). */
  generate: z.boolean().nullish(),
});

export type ResponsesRequest = z.infer<typeof responsesRequest>;
export type InputItem = z.infer<typeof item>;

const part = z.looseObject({ type: z.string() });

/** What a tool gave back. Custom tools answer in the same form under a name of their own. */
export const toolOutput = z.looseObject({
  type: z.enum(["function_call_output", "custom_tool_call_output"]),
  call_id: z.string(),
  output: z.union([z.string(), listOf(part)]),
});

export type ToolOutput = z.infer<typeof toolOutput>;
