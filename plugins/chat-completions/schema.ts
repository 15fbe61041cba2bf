import { z } from "zod";
import { listOf } from "../../src/plugin.ts";

/** The parts of a chat completions request that we use; everything else passes unread. */
const part = z.looseObject({ type: z.string() });

const content = z.union([z.string(), listOf(part)]).nullish();

const call = z.looseObject({
  id: z.string(),
  function: z.looseObject({ name: z.string() }).optional(),
});

const message = z.looseObject({
  role: z.string(),
  content,
  tool_calls: listOf(call).nullish(),
  tool_call_id: z.string().optional(),
});

const tool = z.looseObject({
  type: z.string(),
  function: z
    .looseObject({
      name: z.string(),
      description: z.string().optional(),
      /** A function without arguments may leave it out, or say nothing in it. */
      parameters: z.looseObject({ type: z.literal("object").optional() }).optional(),
    })
    .optional(),
});

export const chatRequest = z.looseObject({
  model: z.string(),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().optional() }).nullish(),
  messages: listOf(message),
  tools: listOf(tool).nullish(),
});

export type ChatRequest = z.infer<typeof chatRequest>;
export type ChatMessage = ChatRequest["messages"][number];
export type ChatPart = z.infer<typeof part>;
