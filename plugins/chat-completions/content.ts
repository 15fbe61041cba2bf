import {
  type ContentBlock,
  imageOfDataUrl,
  objectOf,
  stringOf,
  type TextContent,
} from "../../src/plugin.ts";
import type { ChatMessage, ChatPart } from "./schema.ts";

/** The text of a message, whichever of its two forms it has. */
export function textOfMessage({ content }: ChatMessage): string {
  if (typeof content === "string") return content;
  return (content ?? [])
    .flatMap((part) => (part.type === "text" ? [stringOf(part["text"]) ?? ""] : []))
    .join("\n");
}

/** A message's content as MCP has it: a string stays the very text that it is. */
export function blocksOf({ content }: ChatMessage): ContentBlock[] {
  if (typeof content === "string") return [textBlock(content)];
  return (content ?? []).map(blockOfPart);
}

/** One part of a message as MCP has it. */
export function blockOfPart(part: ChatPart): ContentBlock {
  if (part.type === "text" && typeof part["text"] === "string") return textBlock(part["text"]);
  const url = stringOf(objectOf(part["image_url"])?.["url"]);
  const image = url === undefined ? undefined : imageOfDataUrl(url);
  if (image) return image;
  const file = objectOf(part["file"]);
  const data = /^data:([^;,]+);base64,(.*)$/s.exec(stringOf(file?.["file_data"]) ?? "");
  if (data) {
    const [, mimeType = "", blob = ""] = data;
    const uri = `attachment:${encodeURIComponent(stringOf(file?.["filename"]) ?? "file")}`;
    return { type: "resource", resource: { uri, mimeType, blob } };
  }
  // Kinds that MCP has no word for: their JSON loses nothing.
  return textBlock(JSON.stringify(part));
}

function textBlock(text: string): TextContent {
  return { type: "text", text };
}
