import { join } from "node:path";
import { bearer, type Client, filled } from "./client.ts";

const NAMES = ["opencode.json", "opencode.jsonc"];

/** OpenCode 1.18.33. `{env:NAME}` is a variable; without `oauth: false` a refusal would make it look for a way to sign in. */
export const opencode: Client = {
  name: "opencode",
  title: "OpenCode",
  format: "json",
  key: ["mcp"],
  app: false,
  files: (scope, { home, folder, env }) => {
    const config = env["XDG_CONFIG_HOME"] || join(home, ".config");
    const at = scope === "project" ? folder : join(config, "opencode");
    return NAMES.map((name) => join(at, name));
  },
  stdio: ({ command, args }) => ({ type: "local", command: [command, ...args], enabled: true }),
  http: (entry) => ({
    type: "remote",
    url: entry.url,
    ...filled(
      "headers",
      bearer(entry, (variable) => `{env:${variable}}`),
    ),
    oauth: false,
    enabled: true,
  }),
  needsVariable: ({ token }) => token !== undefined,
  next: "It takes it with its next start; `opencode mcp list` tells whether it connects.",
};
