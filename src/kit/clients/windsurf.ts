import { join } from "node:path";
import { bearer, type Client, filled } from "./client.ts";

/**
 * Windsurf, by its documentation of Cascade's MCP (docs.windsurf.com/windsurf/cascade/mcp) and what servers tell their users of it,
 * of 2026-10-29: HTTP is `serverUrl`, `${env:NAME}` a variable, and there is one file for all projects.
 */
export const windsurf: Client = {
  name: "windsurf",
  title: "Windsurf",
  format: "json",
  key: ["mcpServers"],
  app: true,
  files: (scope, { home }) =>
    scope === "project"
      ? "Windsurf has one file of MCP servers for all projects"
      : [join(home, ".codeium", "windsurf", "mcp_config.json")],
  stdio: ({ command, args, env }) => ({ command, args, ...filled("env", env) }),
  http: (entry) => ({
    serverUrl: entry.url,
    ...filled(
      "headers",
      bearer(entry, (variable) => `\${env:${variable}}`),
    ),
  }),
  needsVariable: ({ token }) => token !== undefined,
  next: "Press refresh in its list of MCP servers.",
};
