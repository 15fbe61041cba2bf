import type { CallToolResult, Server } from "@modelcontextprotocol/server";

/** Links in results came with revision 2025-06-18: an older client might refuse the whole result for one. */
export function knowsLinks(server: Server): boolean {
  return (server.getNegotiatedProtocolVersion() ?? "") >= "2025-06-18";
}

/** The same result with each link told in words. */
export function withoutLinks(result: CallToolResult): CallToolResult {
  const content = result.content.map((block) => {
    if (block.type !== "resource_link") return block;
    const kind = block.mimeType ?? "data";
    const text = `[${kind}, ${block.size} bytes: the resource ${block.uri}]`;
    return { type: "text", text } as const;
  });
  return { ...result, content };
}
