import { z } from "zod";
import {
  conversationKey,
  H2mError,
  NO_MODEL,
  type Prompt,
  resultOfBlock,
  type SkippedTool,
  type Tool,
  toolResultBlock,
  type ToolResult,
  type Turn,
  turnId,
} from "../../src/plugin.ts";
import { type MessagesRequest, messagesRequest } from "./schema.ts";

/** Reads a request of the messages API. @throws H2mError `bad-request` */
export function parseMessages(body: unknown): Turn {
  const read = messagesRequest.safeParse(body);
  if (!read.success) {
    throw new H2mError(
      "bad-request",
      `The body is no request of the messages API: ${z.prettifyError(read.error)}`,
    );
  }
  const request = read.data;
  const { tools, skipped } = toolsOf(request);
  return {
    id: turnId(),
    api: "messages",
    model: request.model,
    stream: request.stream ?? false,
    conversation: conversationKey(request.system, request.messages[0]),
    tools,
    skipped,
    incomplete: skipped.some(({ type }) => type === DEFERRED) ? HELD_BACK : undefined,
    results: request.messages.flatMap(resultsOf),
    prompts: promptsOf(request),
    immediate: tools.length === 0 ? NO_MODEL : undefined,
    raw: body,
  };
}

/** A tool that stands in the request only to be found by a search. */
const DEFERRED = "deferred";
const HELD_BACK = "some of its tools are held back until its model searches for them";

function toolsOf(request: MessagesRequest): { tools: Tool[]; skipped: SkippedTool[] } {
  const tools: Tool[] = [];
  const skipped: SkippedTool[] = [];
  for (const tool of request.tools ?? []) {
    const { type, name, description, input_schema: schema } = tool;
    if (tool.defer_loading) {
      skipped.push({ name, type: DEFERRED });
      continue;
    }
    // A `type` other than `custom` marks a tool of the vendor's own, such as `web_search_20250305`.
    if (schema === undefined || (type !== undefined && type !== "custom"))
      skipped.push({ name, type: type ?? "unknown" });
    else
      tools.push({
        name,
        ...(description === undefined ? {} : { description }),
        inputSchema: schema as Tool["inputSchema"],
      });
  }
  return { tools, skipped };
}

function resultsOf({ role, content }: MessagesRequest["messages"][number]): ToolResult[] {
  if (role !== "user" || typeof content === "string") return [];
  return content.flatMap((block) => {
    if (block.type !== "tool_result") return [];
    const read = toolResultBlock.safeParse(block);
    return read.success
      ? [{ callId: read.data.tool_use_id, result: resultOfBlock(read.data) }]
      : [];
  });
}

function promptsOf({ system = [], messages }: MessagesRequest): Prompt[] {
  const texts = typeof system === "string" ? [system] : system.map(({ text }) => text);
  const prompts: Prompt[] = texts.map((text) => ({ role: "system", text }));
  const first = messages.find(({ role }) => role === "user")?.content;
  const user =
    typeof first === "string"
      ? first
      : first?.map((block) => (block.type === "text" ? String(block["text"]) : "")).join("\n");
  if (user) prompts.push({ role: "user", text: user });
  return prompts;
}
