import type { Plugin } from "../../src/plugin.ts";

/** `h2m setup`: the entry of h2m in the file of an MCP client. */
export default {
  name: "setup",
  commands: [
    {
      name: "setup",
      summary: "write h2m into the configuration of an MCP client, or take it away",
      usage: "<client>",
      config: "named",
      flags: {
        harness: { value: "NAME", summary: "whose tools the client gets; else those of --config" },
        http: { summary: "reach a running h2m; else the client starts one of its own (stdio)" },
        name: { value: "NAME", summary: "what the client calls it (h2m)" },
        scope: {
          value: "SCOPE",
          summary: "user: for all that you do (default); project: this folder",
        },
        "dry-run": { summary: "print what would change, as a diff" },
        remove: { summary: "take the entry away, wherever it is" },
        "no-warm": {
          summary: "do not ask the harness for its tools, whose list is kept otherwise",
        },
      },
      details: `Clients: claude, codex, opencode, gemini, qwen, copilot, cursor, vscode, windsurf, claude-desktop.

  h2m setup claude --harness codex
  h2m setup cursor --harness claude --http
  h2m setup codex --remove

All else in the client's file stays as it is, to the byte; what it said before is kept beside it. --config FILE is written into the entry;
without it the entry says --no-config. No secret stands in it.`,
      run: async (context) => (await import("./run.ts")).setup(context),
    },
  ],
} satisfies Plugin;
