import { z } from "zod";
import {
  conversationKey,
  H2mError,
  NO_MODEL,
  objectOf,
  type Prompt,
  type SkippedTool,
  stringOf,
  type Tool,
  type Turn,
  turnId,
} from "../../src/plugin.ts";
import { textOfMessage } from "./content.ts";
import { resultsOf } from "./results.ts";
import { type ChatRequest, chatRequest } from "./schema.ts";

/** Reads a request of the chat completions API. @throws H2mError `bad-request` */
export function parseChat(body: unknown): Turn {
  const read = chatRequest.safeParse(body);
  if (!read.success) {
    throw new H2mError(
      "bad-request",
      `The body is no request of the chat completions API: ${z.prettifyError(read.error)}`,
    );
  }
  const request = read.data;
  const { tools, skipped } = toolsOf(request);
  const prompts = promptsOf(request);
  return {
    id: turnId(),
    api: "chat-completions",
    model: request.model,
    stream: request.stream ?? false,
    conversation: conversationKey(prompts),
    tools,
    skipped,
    results: resultsOf(request.messages),
    prompts,
    immediate: tools.length === 0 ? NO_MODEL : undefined,
    raw: body,
  };
}

function toolsOf(request: ChatRequest): { tools: Tool[]; skipped: SkippedTool[] } {
  const tools: Tool[] = [];
  const skipped: SkippedTool[] = [];
  for (const tool of request.tools ?? []) {
    const { type, function: own } = tool;
    if (type !== "function" || !own) {
      skipped.push({ name: stringOf(objectOf(tool[type])?.["name"]), type });
      continue;
    }
    const { name, description, parameters } = own;
    tools.push({
      name,
      ...(description === undefined ? {} : { description }),
      inputSchema: { ...parameters, type: "object" } as Tool["inputSchema"],
    });
  }
  return { tools, skipped };
}

function promptsOf({ messages }: ChatRequest): Prompt[] {
  const prompts: Prompt[] = [];
  for (const message of messages) {
    const { role } = message;
    if (role === "system" || role === "developer")
      prompts.push({ role, text: textOfMessage(message) });
    if (role !== "user") continue;
    prompts.push({ role, text: textOfMessage(message) });
    break;
  }
  return prompts;
}
