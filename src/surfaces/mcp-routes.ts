import type { Plugin } from "../types/plugin.ts";
import type { McpHttp, McpHttpOptions } from "./mcp-http.ts";

/** MCP over streamable HTTP: its routes. The MCP SDK behind them is loaded with the first request, or with `warm`. */
export function mcpRoutes(options: McpHttpOptions): Plugin & { warm(): void } {
  let load: () => Promise<McpHttp>;
  return {
    name: "mcp-http",
    setup: (h2m) => {
      let loading: Promise<McpHttp> | undefined;
      load = () =>
        (loading ??= import("./mcp-http.ts").then(({ McpHttp }) => new McpHttp(h2m, options)));
      for (const root of ["/mcp", "/harness_to_mcp/mcp"]) {
        for (const path of [root, `${root}/:first`, `${root}/:first/:name`]) {
          h2m.app.all(path, async (event) => {
            const response = await (await load()).serve(event);
            // The SDK (2.4) says `keep-alive` with each stream, also to clients that asked for the connection to be closed.
            response.headers.delete("connection");
            return response;
          });
        }
      }
      return () => loading?.then((http) => http.close());
    },
    // A fault of the loading is told by the first request.
    warm: () => void load().catch(() => {}),
  };
}
