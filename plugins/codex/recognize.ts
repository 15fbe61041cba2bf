import {
  NO_MODEL,
  objectOf,
  parseObject,
  type Recognized,
  stringOf,
  type Turn,
} from "../../src/plugin.ts";
import { failed, ownCalls } from "./outcome.ts";

/** Headers of codex 0.169: its thread on each request; a parent on those of subagents and other helpers. */
export function recognizeCodex(headers: Headers): Recognized | undefined {
  const conversation = headers.get("thread-id") ?? undefined;
  const names = [headers.get("originator"), headers.get("user-agent")];
  if (conversation === undefined && !names.some((name) => name?.startsWith("codex")))
    return undefined;
  const subagent = headers.has("x-openai-subagent") || headers.has("x-codex-parent-thread-id");
  return { conversation, subagent };
}

/** Tells the failed results, which have no flag on this wire, and answers a compaction at once. */
export function refineCodex(turn: Turn): Turn {
  const own = ownCalls(turn.raw);
  const results = turn.results.map((each) =>
    failed(each.result, own.has(each.callId))
      ? { ...each, result: { ...each.result, isError: true } }
      : each,
  );
  const immediate = turn.immediate ?? (isCompaction(turn.raw) ? NO_MODEL : undefined);
  return { ...turn, results, immediate };
}

/** Codex 0.169 offers no tools when it asks for a summary of a thread; it also says what the request is. */
function isCompaction(body: unknown): boolean {
  const metadata = objectOf(objectOf(body)?.["client_metadata"])?.["x-codex-turn-metadata"];
  return parseObject(stringOf(metadata) ?? "")?.["request_kind"] === "compaction";
}
