import type { Plugin } from "../../src/plugin.ts";

/** `h2m token`: the secret that opens MCP. */
export default {
  name: "token",
  commands: [
    {
      name: "token",
      summary: "print the token that opens MCP, or put a new one in its place",
      usage: "show | rotate",
      details: `\`rotate\` makes a new one. A server that runs keeps the old one until it is started anew, and clients that hold the old one
need the new one then.

  h2m token show
  H2M_TOKEN="$(h2m token show)" my-agent`,
      run: async (context) => (await import("./run.ts")).token(context),
    },
  ],
} satisfies Plugin;
