import { join } from "node:path";
import { appFolder, bearer, type Client, filled } from "./client.ts";

/**
 * VS Code, by its reference of MCP configuration (code.visualstudio.com/docs/agents/reference/mcp-configuration) of 2026-05-28. Of
 * its variables `${env:NAME}` needs nobody who types the token.
 */
export const vscode: Client = {
  name: "vscode",
  title: "VS Code",
  format: "json",
  key: ["servers"],
  app: true,
  files: (scope, place) => [
    scope === "project"
      ? join(place.folder, ".vscode", "mcp.json")
      : join(appFolder(place), "Code", "User", "mcp.json"),
  ],
  stdio: ({ command, args, env }) => ({ type: "stdio", command, args, ...filled("env", env) }),
  http: (entry) => ({
    type: "http",
    url: entry.url,
    ...filled(
      "headers",
      bearer(entry, (variable) => `\${env:${variable}}`),
    ),
  }),
  needsVariable: ({ token }) => token !== undefined,
  next: "Start the server with its command `MCP: List Servers`.",
};
