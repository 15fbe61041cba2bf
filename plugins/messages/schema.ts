import { z } from "zod";
import { listOf } from "../../src/plugin.ts";

/** The parts of a messages API request that we use; everything else passes unread. */
const text = z.looseObject({ type: z.literal("text"), text: z.string() });

const block = z.looseObject({ type: z.string() });

const message = z.looseObject({
  role: z.string(),
  content: z.union([z.string(), listOf(block)]),
});

const tool = z.looseObject({
  /** Absent on tools that the client runs; set on those that the vendor runs. */
  type: z.string().optional(),
  name: z.string(),
  description: z.string().optional(),
  /** A model sees it only after a search of its own. */
  defer_loading: z.boolean().optional(),
  input_schema: z.looseObject({ type: z.literal("object") }).optional(),
});

export const messagesRequest = z.looseObject({
  model: z.string(),
  stream: z.boolean().optional(),
  system: z.union([z.string(), listOf(text)]).optional(),
  messages: listOf(message),
  tools: listOf(tool).optional(),
});

export type MessagesRequest = z.infer<typeof messagesRequest>;
