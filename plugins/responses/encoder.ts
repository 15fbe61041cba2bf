import { randomUUID } from "node:crypto";
import type {
  ErrorReply,
  Reply,
  ReplyEncoder,
  TextReply,
  ToolCall,
  Turn,
  WireEvent,
} from "../../src/plugin.ts";
import { failureOf } from "./errors.ts";
import { type OutputItem, toolItems } from "./items.ts";

/** One token each: a harness that counts little never compacts. */
const USAGE = {
  input_tokens: 1,
  input_tokens_details: { cached_tokens: 0 },
  output_tokens: 1,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: 2,
};

/** Writes a reply of the responses API as its stream of numbered events. */
export function responsesEncoder(turn: Turn): ReplyEncoder {
  // Unique and never empty: over WebSocket the next request names it (codex 0.169).
  const id = `resp_${randomUUID().replaceAll("-", "")}`;
  const createdAt = Math.floor(Date.now() / 1000);
  const output: OutputItem["item"][] = [];
  const itemOf = toolItems(turn.raw);
  let sequence = 0;

  const event = (type: string, rest: object): WireEvent => ({
    event: type,
    data: { type, sequence_number: sequence++, ...rest },
  });

  const response = (status: "in_progress" | "completed" | "failed", rest: object = {}) => ({
    id,
    object: "response",
    created_at: createdAt,
    status,
    model: turn.model,
    error: null,
    incomplete_details: null,
    output: status === "in_progress" ? [] : output,
    parallel_tool_calls: true,
    tool_choice: "auto",
    tools: [],
    usage: status === "in_progress" ? null : USAGE,
    ...rest,
  });

  const written = ({ item, started, parts }: OutputItem): WireEvent[] => {
    const at = { output_index: output.length };
    output.push(item);
    return [
      event("response.output_item.added", { ...at, item: started }),
      ...parts.map(({ type, ...rest }) => event(type, { item_id: item.id, ...at, ...rest })),
      event("response.output_item.done", { ...at, item }),
    ];
  };

  const completed = () => event("response.completed", { response: response("completed") });
  const failed = ({ error }: ErrorReply) => response("failed", { error: failureOf(error) });

  return {
    begin: () => [
      event("response.created", { response: response("in_progress") }),
      event("response.in_progress", { response: response("in_progress") }),
    ],
    // Codex 0.169 drops comments before its idle timer and counts any event with data; this one every client knows.
    heartbeat: () => [event("response.in_progress", { response: response("in_progress") })],
    calls: (calls: readonly ToolCall[]) => calls.flatMap((call) => written(itemOf(call))),
    end: (last?: TextReply | ErrorReply) => {
      if (last === undefined) return [completed()];
      if (last.type === "error") return [event("response.failed", { response: failed(last) })];
      return [...written(textItem(last.text)), completed()];
    },
    json: (reply: Reply) => {
      if (reply.type === "error") return failed(reply);
      const items = reply.type === "text" ? [textItem(reply.text)] : reply.calls.map(itemOf);
      return response("completed", { output: items.map(({ item }) => item) });
    },
  };
}

function textItem(text: string): OutputItem {
  const id = `msg_${randomUUID().replaceAll("-", "")}`;
  const message = { type: "message", id, role: "assistant" };
  const part = (content: string) => ({ type: "output_text", text: content, annotations: [] });
  const at = { content_index: 0 };
  return {
    started: { ...message, status: "in_progress", content: [] },
    parts: [
      { type: "response.content_part.added", ...at, part: part("") },
      { type: "response.output_text.delta", ...at, delta: text },
      { type: "response.output_text.done", ...at, text },
      { type: "response.content_part.done", ...at, part: part(text) },
    ],
    item: { ...message, status: "completed", content: [part(text)] },
  };
}
