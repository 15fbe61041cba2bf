import { isAtLeast, type ToolCall } from "../../src/plugin.ts";
import { withoutSecrets } from "./unreadable.ts";

/** Since this version an `Agent` runs in the background unless its call says otherwise. */
const AGENTS_BEHIND = "2.1.198";

/**
 * The call as it goes out. A search leaves h2m's own secrets out, and an `Agent` whose client did not ask for the background
 * is waited for: nobody could hear the notification that its result would promise.
 * @param version Claude Code's; unknown: taken for a new one
 */
export function outgoing(call: ToolCall, version?: string): ToolCall {
  if (call.name === "Grep")
    return withArguments(call, { glob: withoutSecrets(call.arguments["glob"]) });
  const behind = version === undefined || isAtLeast(version, AGENTS_BEHIND);
  if (call.name === "Agent" && behind && call.arguments["run_in_background"] === undefined)
    return withArguments(call, { run_in_background: false });
  return call;
}

function withArguments(call: ToolCall, more: ToolCall["arguments"]): ToolCall {
  return { ...call, arguments: { ...call.arguments, ...more } };
}
