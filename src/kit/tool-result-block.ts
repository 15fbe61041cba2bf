import { z } from "zod";
import type { CallToolResult, ContentBlock } from "../types/mcp.ts";
import { listOf } from "./list-of.ts";
import { wellFormed } from "./well-formed.ts";

/** A `tool_result` block of the messages API; Claude Code prints the same on its event stream. */
export const toolResultBlock = z.looseObject({
  type: z.literal("tool_result"),
  tool_use_id: z.string(),
  content: z.union([z.string(), listOf(z.looseObject({ type: z.string() }))]).optional(),
  is_error: z.boolean().optional(),
});

export type ToolResultBlock = z.infer<typeof toolResultBlock>;

const imageBlock = z.looseObject({
  type: z.literal("image"),
  source: z.looseObject({ type: z.literal("base64"), media_type: z.string(), data: z.string() }),
});

const documentBlock = z.looseObject({
  type: z.literal("document"),
  source: z.looseObject({ type: z.literal("base64"), media_type: z.string(), data: z.string() }),
});

/** Begins the URI of a document whose place nobody told. */
const UNPLACED = "h2m:document/";

/** Whether a block is a document that {@link resultOfBlock} had to name by itself. */
export function isUnplacedDocument(block: ContentBlock): boolean {
  return block.type === "resource" && block.resource.uri.startsWith(UNPLACED);
}

/**
 * The block as MCP has it: text byte for byte, images as image blocks, documents as embedded resources. A document's block says
 * nothing of where it lies: its URI is `h2m:document/<tool_use_id>/<place among the blocks, from 1>`, a name and no address.
 */
export function resultOfBlock({
  tool_use_id: id,
  content = [],
  is_error: isError,
}: ToolResultBlock): CallToolResult {
  const blocks =
    typeof content === "string"
      ? [{ type: "text" as const, text: content }]
      : content.map((block, place) =>
          toContent(block, `${UNPLACED}${encodeURIComponent(wellFormed(id))}/${place + 1}`),
        );
  return isError ? { content: blocks, isError } : { content: blocks };
}

function toContent(block: { type: string; [key: string]: unknown }, uri: string): ContentBlock {
  if (block.type === "text" && typeof block["text"] === "string")
    return { type: "text", text: block["text"] };
  const image = imageBlock.safeParse(block);
  if (image.success) {
    const { media_type: mimeType, data } = image.data.source;
    return { type: "image", mimeType, data };
  }
  const document = documentBlock.safeParse(block);
  if (document.success) {
    const { media_type: mimeType, data: blob } = document.data.source;
    return { type: "resource", resource: { uri, mimeType, blob } };
  }
  // Kinds that MCP has no word for (such as `tool_reference`): their JSON loses nothing.
  return { type: "text", text: JSON.stringify(block) };
}
