import { numberOf, stringOf, type ToolCall } from "../../src/plugin.ts";

/** Milliseconds between two signs of progress. */
export const PROGRESS = 100;

/**
 * The shortest wait that codex 0.169 takes. A call that waits keeps `apply_patch` and `view_image` out, and what comes after
 * them: so each goes out with this, and h2m waits as long as the client wants.
 */
const SHORTEST = 250;
/** What `write_stdin` asks for a command that does not exist: codex refuses it at once. */
export const NO_COMMAND = { session_id: -1 };

/** How long the client wants to wait for a command, in ms, by the rules of codex 0.169. `undefined`: the call waits for none. */
export function waitOf({ name, arguments: args }: ToolCall): number | undefined {
  const asked = numberOf(args["yield_time_ms"]);
  if (name === "exec_command") return within(asked ?? 10_000, SHORTEST, 30_000);
  if (name !== "write_stdin") return undefined;
  return isPoll(args)
    ? within(asked ?? 5_000, 5_000, 300_000)
    : within(asked ?? 250, SHORTEST, 30_000);
}

/** The call with the shortest wait. */
export function shortened(call: ToolCall): ToolCall {
  return { ...call, arguments: { ...call.arguments, yield_time_ms: SHORTEST } };
}

/**
 * A poll that keeps nobody out. Codex 0.169 waits at least 5 s in an empty poll of a running command, so it is asked for one
 * that does not exist; what the real one prints is heard from its events.
 */
export function diverted(call: ToolCall): ToolCall {
  return { ...call, arguments: NO_COMMAND };
}

/** It writes nothing. */
export function isPoll(args: ToolCall["arguments"]): boolean {
  return (stringOf(args["chars"]) ?? "") === "";
}

function within(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
