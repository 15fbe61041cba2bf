import { z } from "zod";
import {
  arrayOf,
  type CallToolResult,
  type ContentBlock,
  conversationKey,
  H2mError,
  imageOfDataUrl,
  NO_MODEL,
  objectOf,
  type Prompt,
  type Reply,
  stringOf,
  type ToolResult,
  type Turn,
  turnId,
} from "../../src/plugin.ts";
import {
  type InputItem,
  responsesRequest,
  type ResponsesRequest,
  type ToolOutput,
  toolOutput,
} from "./schema.ts";
import { wireTools } from "./tools.ts";

/** The answer to a request that wants none: a reply that completes without output. */
const NOTHING: Reply = { type: "calls", calls: [] };

/** Reads a request of the responses API. @throws H2mError `bad-request` */
export function parseResponses(body: unknown): Turn {
  const read = responsesRequest.safeParse(body);
  if (!read.success) {
    throw new H2mError(
      "bad-request",
      `The body is no request of the responses API: ${z.prettifyError(read.error)}`,
    );
  }
  const request = read.data;
  const items = typeof request.input === "string" ? [] : request.input;
  const { served, skipped } = wireTools(body);
  return {
    id: turnId(),
    api: "responses",
    model: request.model,
    stream: request.stream ?? false,
    conversation: keyOf(request, items),
    tools: served.map(({ tool }) => tool),
    skipped,
    results: items.flatMap(resultsOf),
    prompts: promptsOf(request, items),
    immediate: immediateOf(request, served.length),
    raw: body,
  };
}

function immediateOf({ generate }: ResponsesRequest, tools: number): Reply | undefined {
  if (generate === false) return NOTHING;
  return tools === 0 ? NO_MODEL : undefined;
}

/** The same for every request of a history; one that names its predecessor carries nothing of its beginning. */
function keyOf(request: ResponsesRequest, items: readonly InputItem[]): string {
  if (request.previous_response_id != null) return conversationKey(request.previous_response_id);
  const first = typeof request.input === "string" ? request.input : items.find(isUser);
  return conversationKey(request.instructions, first);
}

function resultsOf(item: InputItem): ToolResult[] {
  const read = toolOutput.safeParse(item);
  return read.success ? [{ callId: read.data.call_id, result: resultOf(read.data) }] : [];
}

/** The output as MCP has it: text byte for byte, images as image blocks. The wire has no flag for errors. */
function resultOf({ output }: ToolOutput): CallToolResult {
  if (typeof output === "string") return { content: [{ type: "text", text: output }] };
  return { content: output.map(toContent) };
}

function toContent(part: { type: string; [key: string]: unknown }): ContentBlock {
  const { text, image_url: url } = part;
  if (typeof text === "string") return { type: "text", text };
  const image =
    part.type === "input_image" && typeof url === "string" ? imageOfDataUrl(url) : undefined;
  // Kinds that MCP has no word for (a file, an image elsewhere): their JSON loses nothing.
  return image ?? { type: "text", text: JSON.stringify(part) };
}

function promptsOf(request: ResponsesRequest, items: readonly InputItem[]): Prompt[] {
  const prompts: Prompt[] = [];
  if (request.instructions) prompts.push({ role: "system", text: request.instructions });
  for (const item of items) {
    const { role } = item;
    if (role === "system" || role === "developer") prompts.push({ role, text: textOfItem(item) });
  }
  const first = items.find(isUser);
  const user =
    typeof request.input === "string" ? request.input : first ? textOfItem(first) : undefined;
  if (user) prompts.push({ role: "user", text: user });
  return prompts;
}

function isUser(item: InputItem): boolean {
  return item["role"] === "user";
}

function textOfItem({ content }: InputItem): string {
  if (typeof content === "string") return content;
  const texts = (arrayOf(content) ?? []).map((part) => stringOf(objectOf(part)?.["text"]) ?? "");
  return texts.join("\n");
}
