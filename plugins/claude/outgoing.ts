import { isAtLeast, type LaunchContext, type ToolCall } from "../../src/plugin.ts";
import { withoutSecrets } from "./unreadable.ts";

/** Since this version an `Agent` runs in the background unless its call says otherwise. */
const AGENTS_BEHIND = "2.1.198";

/** With it set, neither `Bash` nor `Agent` has the argument, and agents are waited for (2.1.332). */
const NONE_BEHIND = "CLAUDE_CODE_DISABLE_BACKGROUND_TASKS";

/**
 * The call as it goes out. A search leaves h2m's own secrets out, and an `Agent` whose client did not ask for the background
 * is waited for: nobody could hear the notification that its result would promise.
 * @param own h2m's environment, which is the user's
 */
export function outgoing(
  call: ToolCall,
  { install: { version }, options }: Pick<LaunchContext, "install" | "options">,
  own: Readonly<Record<string, string | undefined>> = process.env,
): ToolCall {
  if (call.name === "Grep")
    return withArguments(call, { glob: withoutSecrets(call.arguments["glob"]) });
  // Of an unknown version it is taken for a new one.
  const behind =
    (version === undefined || isAtLeast(version, AGENTS_BEHIND)) &&
    !{ ...own, ...options.env }[NONE_BEHIND];
  if (call.name === "Agent" && behind && call.arguments["run_in_background"] === undefined)
    return withArguments(call, { run_in_background: false });
  return call;
}

function withArguments(call: ToolCall, more: ToolCall["arguments"]): ToolCall {
  return { ...call, arguments: { ...call.arguments, ...more } };
}
