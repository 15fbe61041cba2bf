import type { JsonObject } from "../../src/plugin.ts";
import { stringOf } from "../../src/plugin.ts";

/** What the driver reads, or may leave unread: the kinds that Claude Code 2.1.197 to 2.1.332 prints. */
const KNOWN: ReadonlySet<string> = new Set([
  "assistant",
  "control_cancel_request",
  "control_request",
  "control_response",
  "conversation_reset",
  "keep_alive",
  "rate_limit_event",
  "stream_event",
  "system/background_tasks_changed",
  "system/compact_boundary",
  "system/hook_progress",
  "system/hook_response",
  "system/hook_started",
  "system/init",
  "system/status",
  "system/task_notification",
  "system/task_progress",
  "system/task_started",
  "system/task_updated",
  "tool_progress",
  "user",
]);

/** What an event of the stream is, if that is not known; also `result` has its kinds, and all of them end a turn. */
export function unknownKind({ type, subtype }: JsonObject): string | undefined {
  if (type === "result") return undefined;
  const kind = [stringOf(type) ?? "", stringOf(subtype)].filter(Boolean).join("/");
  return KNOWN.has(kind) ? undefined : kind;
}
