import type { TextReply } from "../types/turn.ts";

/** The answer to a request that offers no tools (a title, a summary): no model is here to write one. */
export const NO_MODEL: TextReply = {
  type: "text",
  text: "h2m: no model is behind this API; it serves the tools of the harness over MCP.",
};
