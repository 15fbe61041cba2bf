import { z } from "zod";
import type { CallToolResult, ContentBlock } from "../types/mcp.ts";

/** A `tool_result` block of the messages API; Claude Code prints the same on its event stream. */
export const toolResultBlock = z.looseObject({
  type: z.literal("tool_result"),
  tool_use_id: z.string(),
  content: z.union([z.string(), z.array(z.looseObject({ type: z.string() }))]).optional(),
  is_error: z.boolean().optional(),
});

export type ToolResultBlock = z.infer<typeof toolResultBlock>;

const imageBlock = z.looseObject({
  type: z.literal("image"),
  source: z.looseObject({ type: z.literal("base64"), media_type: z.string(), data: z.string() }),
});

/** The block as MCP has it: text byte for byte, images as image blocks. */
export function resultOfBlock({
  content = [],
  is_error: isError,
}: ToolResultBlock): CallToolResult {
  const blocks =
    typeof content === "string"
      ? [{ type: "text" as const, text: content }]
      : content.map(toContent);
  return isError ? { content: blocks, isError } : { content: blocks };
}

function toContent(block: { type: string; [key: string]: unknown }): ContentBlock {
  if (block.type === "text" && typeof block["text"] === "string")
    return { type: "text", text: block["text"] };
  const image = imageBlock.safeParse(block);
  if (image.success) {
    const { media_type: mimeType, data } = image.data.source;
    return { type: "image", mimeType, data };
  }
  // Kinds that MCP has no word for (`tool_reference`, `document`): their JSON loses nothing.
  return { type: "text", text: JSON.stringify(block) };
}
