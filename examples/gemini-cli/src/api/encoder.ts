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
} from "harness-to-mcp/plugin";

/** One token each: a harness that counts little never compresses its history. */
const USAGE = { promptTokenCount: 1, candidatesTokenCount: 1, totalTokenCount: 2 };

/** Writes a reply of the Gemini API as the stream's chunks. The reader of 0.61 takes `data:` lines and nothing else. */
export function generateEncoder(turn: Turn): ReplyEncoder {
  const head = { usageMetadata: USAGE, modelVersion: turn.model, responseId: randomUUID() };

  const chunk = (parts: object[], finishReason?: "STOP"): { data: object } => ({
    data: {
      candidates: [
        { index: 0, content: { role: "model", parts }, ...(finishReason ? { finishReason } : {}) },
      ],
      ...head,
    },
  });
  // A chunk without candidates adds nothing to the message.
  const sign: WireEvent = { data: head };

  return {
    // At once: gemini-cli 0.61 waits 60 s for the head of a response, then 300 s for each next byte.
    begin: () => [sign],
    heartbeat: () => [sign],
    calls: (calls: readonly ToolCall[]) => calls.map((call) => chunk([callPart(call)])),
    end: (last?: TextReply | ErrorReply) => {
      if (last?.type === "error") return [{ data: generateError(last.error) }];
      return [chunk(last ? [{ text: last.text }] : [], "STOP")];
    },
    json: (reply: Reply) => {
      if (reply.type === "error") return generateError(reply.error);
      const parts = reply.type === "text" ? [{ text: reply.text }] : reply.calls.map(callPart);
      return chunk(parts, "STOP").data;
    },
  };
}

/** The body of an error. */
export function generateError(error: H2mError): {
  error: { code: number; message: string; status: string };
} {
  const known: Partial<Record<H2mError["code"], [number, string]>> = {
    "bad-request": [400, "INVALID_ARGUMENT"],
    "too-large": [413, "INVALID_ARGUMENT"],
    unauthorized: [401, "UNAUTHENTICATED"],
  };
  const [code, status] = known[error.code] ?? [500, "INTERNAL"];
  return { error: { code, message: error.text, status } };
}

function callPart({ id, name, arguments: args }: ToolCall): object {
  return { functionCall: { id, name, args } };
}
