import { join } from "node:path";
import { bearer, type Client, filled } from "./client.ts";

/** Cursor, by its documentation of MCP (cursor.com/docs/mcp) as others quoted it on 2026-10-22. `${env:NAME}` is a variable. */
export const cursor: Client = {
  name: "cursor",
  title: "Cursor",
  format: "json",
  key: ["mcpServers"],
  app: true,
  files: (scope, { home, folder }) => [
    join(scope === "project" ? folder : home, ".cursor", "mcp.json"),
  ],
  stdio: ({ command, args, env }) => ({ type: "stdio", command, args, ...filled("env", env) }),
  http: (entry) => ({
    url: entry.url,
    ...filled(
      "headers",
      bearer(entry, (variable) => `\${env:${variable}}`),
    ),
  }),
  needsVariable: ({ token }) => token !== undefined,
  next: "Restart it, and switch the server on in its list of MCP servers.",
};
