import { randomUUID } from "node:crypto";
import type {
  ErrorReply,
  H2mError,
  Reply,
  ReplyEncoder,
  TextReply,
  ToolCall,
  Turn,
  WireEvent,
} from "../../src/plugin.ts";

/** One token each: a harness that counts little never compacts. */
const USAGE = { input_tokens: 1, output_tokens: 1 };

/** Writes a reply of the messages API as the stream's events, each with its `event:` name (Claude Code 2.1 needs it). */
export function messagesEncoder(turn: Turn): ReplyEncoder {
  const id = `msg_${randomUUID()}`;
  let index = 0;
  let called = false;

  const named = (data: { type: string } & Record<string, unknown>): WireEvent => ({
    event: data.type,
    data,
  });

  const block = (start: object, delta: object): WireEvent[] => {
    const at = index++;
    return [
      named({ type: "content_block_start", index: at, content_block: start }),
      named({ type: "content_block_delta", index: at, delta }),
      named({ type: "content_block_stop", index: at }),
    ];
  };

  const finish = (reason: string): WireEvent[] => [
    named({
      type: "message_delta",
      delta: { stop_reason: reason, stop_sequence: null },
      usage: USAGE,
    }),
    named({ type: "message_stop" }),
  ];

  return {
    begin: () => [
      named({
        type: "message_start",
        message: {
          id,
          type: "message",
          role: "assistant",
          model: turn.model,
          content: [],
          stop_reason: null,
          stop_sequence: null,
          usage: USAGE,
        },
      }),
    ],
    // Claude Code 2.1.197 drops `ping` and comments before its idle timer; this event it counts.
    heartbeat: () => [
      named({
        type: "message_delta",
        delta: { stop_reason: null, stop_sequence: null },
        usage: USAGE,
      }),
    ],
    calls: (calls: readonly ToolCall[]) => {
      called ||= calls.length > 0;
      return calls.flatMap((call) =>
        block(
          { type: "tool_use", id: call.id, name: call.name, input: {} },
          // `input` in the start event is ignored by Claude Code 2.1.197: the delta is the only way.
          { type: "input_json_delta", partial_json: JSON.stringify(call.arguments) },
        ),
      );
    },
    end: (last?: TextReply | ErrorReply) => {
      if (last === undefined) return finish(called ? "tool_use" : "end_turn");
      if (last.type === "error") return [named(messagesError(last.error))];
      return [
        ...block({ type: "text", text: "" }, { type: "text_delta", text: last.text }),
        ...finish("end_turn"),
      ];
    },
    json: (reply: Reply) => whole(id, turn.model, reply),
  };
}

/** The body of an error. */
export function messagesError(error: H2mError): {
  type: "error";
  error: { type: string; message: string };
} {
  const types: Partial<Record<H2mError["code"], string>> = {
    "bad-request": "invalid_request_error",
    unauthorized: "authentication_error",
    "too-large": "request_too_large",
  };
  return { type: "error", error: { type: types[error.code] ?? "api_error", message: error.text } };
}

function whole(id: string, model: string, reply: Reply): unknown {
  if (reply.type === "error") return messagesError(reply.error);
  const content =
    reply.type === "text"
      ? [{ type: "text", text: reply.text }]
      : reply.calls.map((call) => ({
          type: "tool_use",
          id: call.id,
          name: call.name,
          input: call.arguments,
        }));
  const reason = reply.type === "calls" ? "tool_use" : "end_turn";
  return {
    id,
    type: "message",
    role: "assistant",
    model,
    content,
    stop_reason: reason,
    stop_sequence: null,
    usage: USAGE,
  };
}
