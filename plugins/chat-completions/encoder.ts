import { randomUUID } from "node:crypto";
import {
  type ErrorReply,
  type H2mError,
  objectOf,
  type Reply,
  type ReplyEncoder,
  type TextReply,
  type ToolCall,
  type Turn,
  type WireEvent,
} from "../../src/plugin.ts";

/** One token each: a harness that counts little never compacts. */
const USAGE = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };

/** Writes a reply of the chat completions API as the stream's chunks. */
export function chatEncoder(turn: Turn): ReplyEncoder {
  const head = { id: `chatcmpl-${randomUUID()}`, created: Math.floor(Date.now() / 1000) };
  const wantsUsage = objectOf(objectOf(turn.raw)?.["stream_options"])?.["include_usage"] === true;
  let index = 0;

  const chunk = (delta: object, reason: string | null = null): WireEvent => ({
    data: {
      ...head,
      object: "chat.completion.chunk",
      model: turn.model,
      choices: [{ index: 0, delta, finish_reason: reason }],
    },
  });

  const finish = (reason: string): WireEvent[] => {
    const events = [chunk({}, reason)];
    if (wantsUsage) {
      const { data } = chunk({});
      events.push({ data: { ...objectOf(data), choices: [], usage: USAGE } });
    }
    return [...events, { data: "[DONE]" }];
  };

  return {
    begin: () => [chunk({ role: "assistant", content: "" })],
    heartbeat: () => [chunk({})],
    calls: (calls: readonly ToolCall[]) =>
      // The index tells one call of the reply from another: it goes on where the last calls ended.
      calls.map((call) => chunk({ tool_calls: [{ index: index++, ...wireCall(call) }] })),
    end: (last?: TextReply | ErrorReply) => {
      if (last === undefined) return finish(index > 0 ? "tool_calls" : "stop");
      if (last.type === "error") return [{ data: chatError(last.error) }, { data: "[DONE]" }];
      return [chunk({ content: last.text }), ...finish("stop")];
    },
    json: (reply: Reply) =>
      reply.type === "error"
        ? chatError(reply.error)
        : { ...head, object: "chat.completion", model: turn.model, ...whole(reply), usage: USAGE },
  };
}

/** The body of an error. */
export function chatError(error: H2mError): {
  error: { message: string; type: string; param: null; code: string };
} {
  const types: Partial<Record<H2mError["code"], string>> = {
    "bad-request": "invalid_request_error",
    "too-large": "invalid_request_error",
    unauthorized: "authentication_error",
  };
  const type = types[error.code] ?? "server_error";
  return { error: { message: error.text, type, param: null, code: error.code } };
}

function whole(reply: Exclude<Reply, ErrorReply>): object {
  if (reply.type === "text") return choice({ content: reply.text }, "stop");
  return choice({ content: null, tool_calls: reply.calls.map(wireCall) }, "tool_calls");
}

function choice(message: object, reason: string): object {
  return {
    choices: [{ index: 0, message: { role: "assistant", ...message }, finish_reason: reason }],
  };
}

function wireCall({ id, name, arguments: args }: ToolCall): object {
  return { id, type: "function", function: { name, arguments: JSON.stringify(args) } };
}
