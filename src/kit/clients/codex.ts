import { join } from "node:path";
import { type Client, filled } from "./client.ts";

/** Codex 0.171.0, by what its `codex mcp add` writes. It takes the project's file in folders that are trusted. */
export const codex: Client = {
  name: "codex",
  title: "Codex",
  format: "toml",
  key: ["mcp_servers"],
  app: false,
  files: (scope, { home, folder, env }) => [
    scope === "project"
      ? join(folder, ".codex", "config.toml")
      : join(env["CODEX_HOME"] || join(home, ".codex"), "config.toml"),
  ],
  stdio: ({ command, args }) => ({ command, args }),
  http: ({ url, headers, token }) => ({
    url,
    ...(token ? { bearer_token_env_var: token.variable } : {}),
    ...filled("http_headers", headers),
  }),
  needsVariable: ({ token }) => token !== undefined,
  next: "It takes it with its next start; `codex mcp list` shows the entry.",
};
