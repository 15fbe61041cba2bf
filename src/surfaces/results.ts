import type { CallToolResult, Server } from "@modelcontextprotocol/server";
import type { Results } from "../types/session.ts";
import { orProtocolError } from "./protocol-error.ts";

/** The results that were too large for an answer, as resources of the server. */
export function serveResults(server: Server, results: Results): void {
  server.setRequestHandler("resources/list", () => ({ resources: [...results.list()] }));
  server.setRequestHandler("resources/templates/list", () => ({ resourceTemplates: [] }));
  server.setRequestHandler("resources/read", ({ params }) =>
    orProtocolError(async () => ({ contents: [results.read(params.uri)] })),
  );
}

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
