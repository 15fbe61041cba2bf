import type { JsonObject } from "../../src/plugin.ts";

/** A user message as a line of stream-json. */
export function userText(text: string): string {
  return JSON.stringify({
    type: "user",
    message: { role: "user", content: [{ type: "text", text }] },
  });
}

/** What is asked of Claude Code itself, as a line of stream-json. */
export function controlRequest(id: string, request: JsonObject): string {
  return JSON.stringify({ type: "control_request", request_id: id, request });
}

/** How a command stands inside `eval '…'` on the command line of its shell. */
export function quoted(command: string): string {
  return command.replaceAll("'", `'"'"'`);
}
