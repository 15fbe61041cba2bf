import { join } from "node:path";
import { bearer, type Client, filled, type Place } from "./client.ts";

/**
 * Gemini CLI 0.61.0 and Qwen Code 0.24.4, which came out of it: `httpUrl` is Streamable HTTP in both, and `${NAME}` in any text of
 * their settings is a variable. Gemini CLI takes a project's settings in folders that are trusted.
 */
function cli(name: string, title: string, homeOf: (place: Place) => string): Client {
  return {
    name,
    title,
    format: "json",
    key: ["mcpServers"],
    app: false,
    files: (scope, place) => [
      join(scope === "project" ? join(place.folder, `.${name}`) : homeOf(place), "settings.json"),
    ],
    stdio: ({ command, args }) => ({ command, args }),
    http: (entry) => ({
      httpUrl: entry.url,
      ...filled(
        "headers",
        bearer(entry, (variable) => `\${${variable}}`),
      ),
    }),
    needsVariable: ({ token }) => token !== undefined,
    next: `It takes it with its next start; \`${name} mcp list\` tells whether it connects.`,
  };
}

export const gemini = cli("gemini", "Gemini CLI", ({ home, env }) =>
  join(env["GEMINI_CLI_HOME"] || home, ".gemini"),
);

export const qwen = cli(
  "qwen",
  "Qwen Code",
  ({ home, env }) => env["QWEN_HOME"] || join(home, ".qwen"),
);
