import { describe, expect, it } from "vitest";
import { chatCompletions } from "../../plugins/chat-completions/index.ts";
import { H2mError, type ReplyEncoder, type Turn } from "../../src/plugin.ts";

const TOOL = {
  type: "function",
  function: {
    name: "dig",
    description: "Digs a hole.",
    parameters: { type: "object", properties: { depth: { type: "number" } }, required: ["depth"] },
  },
};

const BASE = {
  model: "spade-1",
  stream: true,
  messages: [
    { role: "system", content: "You are a gardener." },
    { role: "user", content: "Plant a tree." },
  ],
  tools: [TOOL],
};

const parse = (more: object = {}): Turn => chatCompletions.parse({ ...BASE, ...more });

const calls = (...names: string[]) =>
  names.map((name) => ({ id: `id-${name}`, name, arguments: { of: name } }));

const encoder = (more: object = {}): ReplyEncoder => chatCompletions.encoder(parse(more));

/** What a reader of the stream sees: the data of each event. */
const deltas = (events: ReturnType<ReplyEncoder["begin"]>) =>
  events.map(({ data }) => (typeof data === "string" ? data : (data as Chunk).choices[0]));

interface Chunk {
  readonly id: string;
  readonly choices: readonly { delta: object; finish_reason: string | null }[];
}

describe("a chat completions reply", () => {
  it("is one message from its beginning to [DONE]", () => {
    const reply = encoder();

    const events = [
      ...reply.begin(),
      ...reply.heartbeat(),
      ...reply.calls(calls("a")),
      ...reply.end(),
    ];

    const chunks = events.flatMap(({ data }) => (typeof data === "string" ? [] : [data as Chunk]));
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(1);
    expect(events.every(({ event }) => event === undefined)).toBe(true);
    expect(deltas(events)).toEqual([
      { index: 0, delta: { role: "assistant", content: "" }, finish_reason: null },
      { index: 0, delta: {}, finish_reason: null },
      {
        index: 0,
        delta: {
          tool_calls: [
            {
              index: 0,
              id: "id-a",
              type: "function",
              function: { name: "a", arguments: '{"of":"a"}' },
            },
          ],
        },
        finish_reason: null,
      },
      { index: 0, delta: {}, finish_reason: "tool_calls" },
      "[DONE]",
    ]);
  });

  it("counts its calls on, however they are sent", () => {
    const reply = encoder();

    const events = [
      ...reply.calls(calls("a", "b")),
      ...reply.heartbeat(),
      ...reply.calls(calls("c")),
    ];

    expect(JSON.stringify(events).match(/"tool_calls":\[\{"index":\d/g)).toEqual([
      '"tool_calls":[{"index":0',
      '"tool_calls":[{"index":1',
      '"tool_calls":[{"index":2',
    ]);
  });

  it("ends with a text", () => {
    expect(deltas(encoder().end({ type: "text", text: "No more." }))).toEqual([
      { index: 0, delta: { content: "No more." }, finish_reason: null },
      { index: 0, delta: {}, finish_reason: "stop" },
      "[DONE]",
    ]);
  });

  it("ends with an error in the API's form", () => {
    const error = new H2mError("harness-exited", "It has gone.");

    expect(
      encoder()
        .end({ type: "error", error })
        .map(({ data }) => data),
    ).toEqual([
      {
        error: {
          message: "It has gone.",
          type: "server_error",
          param: null,
          code: "harness-exited",
        },
      },
      "[DONE]",
    ]);
  });

  it("tells its usage only to who asks for it", () => {
    const asked = encoder({ stream_options: { include_usage: true } }).end();

    expect(asked.at(-2)?.data).toMatchObject({
      choices: [],
      usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
    });
    expect(asked.at(-1)?.data).toBe("[DONE]");
    expect(JSON.stringify(encoder().end())).not.toContain("usage");
  });

  it.each([
    [
      { type: "calls", calls: calls("a", "b") },
      {
        finish_reason: "tool_calls",
        message: {
          role: "assistant",
          content: null,
          tool_calls: [
            { id: "id-a", type: "function", function: { name: "a", arguments: '{"of":"a"}' } },
            { id: "id-b", type: "function", function: { name: "b", arguments: '{"of":"b"}' } },
          ],
        },
      },
    ],
    [
      { type: "text", text: "Hm." },
      { finish_reason: "stop", message: { role: "assistant", content: "Hm." } },
    ],
  ] as const)("without a stream is one body (%#)", (reply, choice) => {
    expect(encoder({ stream: false }).json(reply)).toMatchObject({
      object: "chat.completion",
      model: "spade-1",
      choices: [{ index: 0, ...choice }],
      usage: { total_tokens: 2 },
    });
  });

  it.each([
    ["bad-request", "invalid_request_error"],
    ["too-large", "invalid_request_error"],
    ["unauthorized", "authentication_error"],
    ["internal", "server_error"],
  ] as const)("names an error of the kind %s as %s", (code, type) => {
    expect(chatCompletions.error(new H2mError(code, "What.", { hint: "Do." }))).toEqual({
      error: { message: "What. Do.", type, param: null, code },
    });
  });
});
