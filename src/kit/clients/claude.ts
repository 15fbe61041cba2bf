import { join } from "node:path";
import { shellWord } from "../shell-word.ts";
import { bearer, type Client, filled, type HttpEntry } from "./client.ts";

/**
 * Claude Code 2.1.332, by what its `claude mcp add` writes. The token comes by `headersHelper`: a line for a shell that prints JSON,
 * run for each connection (seen with `claude mcp list` and with calls of `claude -p`). In a project it is not run before the folder
 * is trusted. `${NAME}` in a header is a variable of its environment.
 */
export const claude: Client = {
  name: "claude",
  title: "Claude Code",
  format: "json",
  key: ["mcpServers"],
  app: false,
  files: (scope, { home, folder, env }) => [
    scope === "project"
      ? join(folder, ".mcp.json")
      : join(env["CLAUDE_CONFIG_DIR"] || home, ".claude.json"),
  ],
  stdio: ({ command, args }) => ({ type: "stdio", command, args }),
  http: (entry) => {
    const { url, headers, token } = entry;
    if (token?.file === undefined) {
      const all = bearer(entry, (variable) => `\${${variable}}`);
      return { type: "http", url, ...filled("headers", all) };
    }
    return { type: "http", url, ...filled("headers", headers), headersHelper: helper(token.file) };
  },
  needsVariable: ({ token }: HttpEntry) => token !== undefined && token.file === undefined,
  next: "A session that runs takes it with its next start; `claude mcp list` tells whether it connects.",
};

/** Nothing but a shell: to start Node for it would take longer than all else of a connection. */
function helper(file: string): string {
  return `printf '{"Authorization":"Bearer %s"}' "$(cat ${shellWord(file)})"`;
}
