import { join } from "node:path";
import { bearer, type Client, filled } from "./client.ts";

/**
 * GitHub Copilot CLI 1.0.102, by what its `copilot mcp add` writes. `${NAME}` in a header is a variable (seen in its requests). Of
 * the two files of a project, `.mcp.json` is Claude Code's as well, which starts what stands there in its own way.
 */
export const copilot: Client = {
  name: "copilot",
  title: "GitHub Copilot CLI",
  format: "json",
  key: ["mcpServers"],
  app: false,
  files: (scope, { home, folder, env }) => [
    scope === "project"
      ? join(folder, ".github", "mcp.json")
      : join(env["COPILOT_HOME"] || join(home, ".copilot"), "mcp-config.json"),
  ],
  stdio: ({ command, args }) => ({ type: "local", command, args, tools: ["*"] }),
  http: (entry) => ({
    type: "http",
    url: entry.url,
    ...filled(
      "headers",
      bearer(entry, (variable) => `\${${variable}}`),
    ),
    tools: ["*"],
  }),
  needsVariable: ({ token }) => token !== undefined,
  next: "It takes it with its next start; `copilot mcp list` shows the entry.",
};
