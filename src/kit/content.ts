import type { CallToolResult, ContentBlock } from "../types/mcp.ts";

/** A result of one text. */
export function textResult(text: string, isError = false): CallToolResult {
  const content: ContentBlock[] = [{ type: "text", text }];
  return isError ? { content, isError } : { content };
}

/** The image in a `data:` URL of base64, or `undefined`. */
export function imageOfDataUrl(url: string): ContentBlock | undefined {
  const match = /^data:([^;,]+);base64,/.exec(url);
  if (!match?.[1]) return undefined;
  return { type: "image", mimeType: match[1], data: url.slice(match[0].length) };
}

/** All texts of a result, one after another. */
export function textOf(result: CallToolResult): string {
  return result.content.map((block) => (block.type === "text" ? block.text : "")).join("");
}

/** How long a block is on its way to a client, in bytes: of texts as UTF-8, of all else as base64. */
export function bytesOf(block: ContentBlock): number {
  switch (block.type) {
    case "text":
      return Buffer.byteLength(block.text);
    case "image":
    case "audio":
      return block.data.length;
    case "resource":
      return "blob" in block.resource
        ? block.resource.blob.length
        : Buffer.byteLength(block.resource.text);
    case "resource_link":
      return 0;
    default:
      return block satisfies never;
  }
}

/** The same result with each text changed; the very same object if none was. */
export function mapText(result: CallToolResult, change: (text: string) => string): CallToolResult {
  let changed = false;
  const content = result.content.map((block) => {
    if (block.type !== "text") return block;
    const text = change(block.text);
    if (text === block.text) return block;
    changed = true;
    return { ...block, text };
  });
  return changed ? { ...result, content } : result;
}
