import {
  arrayOf,
  type CallToolResult,
  type ContentBlock,
  type JsonObject,
  objectOf,
  stringOf,
} from "harness-to-mcp/plugin";

/** The ids of the calls in a message of the model's that is complete: pi 0.73 runs them all, at once. */
export function callsIn(event: JsonObject): string[] {
  const message = objectOf(event["message"]);
  if (message?.["role"] !== "assistant") return [];
  return (arrayOf(message["content"]) ?? []).flatMap((block) => {
    const { type, id } = objectOf(block) ?? {};
    return type === "toolCall" && typeof id === "string" ? [id] : [];
  });
}

/** The result in the event that ends a call: pi's blocks are those of MCP. */
export function resultIn(event: JsonObject): CallToolResult {
  const content = contentOf(event["result"]);
  return event["isError"] === true ? { content, isError: true } : { content };
}

/** Output so far, in the event that brings more of it. */
export function progressIn(event: JsonObject): string {
  return contentOf(event["partialResult"])
    .map((block) => (block.type === "text" ? block.text : ""))
    .join("");
}

function contentOf(result: unknown): ContentBlock[] {
  return (arrayOf(objectOf(result)?.["content"]) ?? []).flatMap((block): ContentBlock[] => {
    const { type, text, data, mimeType } = objectOf(block) ?? {};
    if (type === "text") return [{ type, text: stringOf(text) ?? "" }];
    if (type !== "image") return [];
    return [{ type, data: stringOf(data) ?? "", mimeType: stringOf(mimeType) ?? "image/png" }];
  });
}
