import { describe, expect, it } from "vitest";
import { responses } from "../../plugins/responses/index.ts";
import { H2mError, objectOf, type Turn, type WireEvent } from "../../src/plugin.ts";

const parameters = {
  type: "object",
  properties: { line: { type: "string" } },
  required: ["line"],
  additionalProperties: false,
};
const TOOLS = [
  { type: "function", name: "hum", description: "Hums a line.", strict: false, parameters },
  {
    type: "custom",
    name: "carve",
    description: "Carves free text.",
    format: { type: "grammar", syntax: "lark", definition: "start: X" },
  },
  {
    type: "namespace",
    name: "choir",
    description: "Singers.",
    tools: [
      { type: "function", name: "hum", description: "All hum.", parameters },
      { type: "custom", name: "score" },
    ],
  },
  { type: "rumour_search", external: true },
];

const FREEFORM = {
  type: "object",
  properties: { input: { type: "string" } },
  required: ["input"],
  additionalProperties: false,
};

const message = (role: string, ...texts: string[]) => ({
  type: "message",
  role,
  content: texts.map((text) => ({ type: "input_text", text })),
});

const request = (more: object = {}) => ({
  model: "m",
  stream: true,
  instructions: "Sing well.",
  input: [message("developer", "Softly."), message("user", "one", "two"), message("user", "three")],
  tools: TOOLS,
  ...more,
});

const parse = (more?: object): Turn => responses.parse(request(more));

const typesOf = (events: readonly WireEvent[]) => events.map(({ event }) => event);
const bodyOf = ({ data }: WireEvent) => data as Record<string, unknown>;

describe("a request of the responses API", () => {
  it("gives its tools: functions, free text, and each one of a group under the group's name", () => {
    const { tools } = parse();

    expect(tools).toEqual([
      { name: "hum", description: "Hums a line.", inputSchema: parameters },
      { name: "carve", description: "Carves free text.", inputSchema: FREEFORM },
      { name: "choir_hum", description: "All hum.", inputSchema: parameters },
      { name: "choir_score", inputSchema: FREEFORM },
    ]);
  });

  it("names the tools that only the vendor can run, and serves none of them", () => {
    expect(parse().skipped).toEqual([{ name: undefined, type: "rumour_search" }]);
  });

  it("reads tools that an item of the input adds", () => {
    const input = [{ type: "additional_tools", role: "developer", tools: TOOLS.slice(2, 3) }];

    const names = parse({ input, tools: undefined }).tools.map(({ name }) => name);

    expect(names).toEqual(["choir_hum", "choir_score"]);
  });

  it("lets two tools of one name through, for the core to report", () => {
    const names = parse({ tools: [TOOLS[0], TOOLS[0]] }).tools.map(({ name }) => name);

    expect(names).toEqual(["hum", "hum"]);
  });

  it("gives a function without parameters a schema that MCP accepts", () => {
    const { tools } = parse({ tools: [{ type: "function", name: "rest", parameters: null }] });

    expect(tools[0]?.inputSchema).toEqual({ type: "object" });
  });

  it("finds the results anywhere in the input, texts byte for byte and images as images", () => {
    const text = ' [{"type":"text","text":"x"}]\r\n';
    const input = [
      { type: "function_call_output", call_id: "a", output: text },
      message("user", "more"),
      {
        type: "custom_tool_call_output",
        call_id: "b",
        output: [
          { type: "input_text", text: "seen" },
          { type: "input_image", image_url: "data:image/png;base64,aGk=" },
          { type: "input_image", image_url: "https://example.test/x.png" },
        ],
      },
    ];

    expect(parse({ input }).results).toEqual([
      { callId: "a", result: { content: [{ type: "text", text }] } },
      {
        callId: "b",
        result: {
          content: [
            { type: "text", text: "seen" },
            { type: "image", mimeType: "image/png", data: "aGk=" },
            {
              type: "text",
              text: '{"type":"input_image","image_url":"https://example.test/x.png"}',
            },
          ],
        },
      },
    ]);
  });

  it("never takes a text for an error: the wire has no flag", () => {
    const output = "Process exited with code 1\nunsupported call: x";

    const { results } = parse({ input: [{ type: "function_call_output", call_id: "a", output }] });

    expect(results[0]?.result.isError).toBeUndefined();
  });

  it("gives the instructions, the developer's texts and the first text of the user as prompts", () => {
    expect(parse().prompts).toEqual([
      { role: "system", text: "Sing well." },
      { role: "developer", text: "Softly." },
      { role: "user", text: "one\ntwo" },
    ]);
  });

  it("takes a mere text as input", () => {
    const turn = parse({ input: "hello" });

    expect(turn.prompts.at(-1)).toEqual({ role: "user", text: "hello" });
    expect(turn.results).toEqual([]);
  });

  it("has one key while its history grows, and another for another beginning", () => {
    const first = parse().conversation;
    const grown = [...request().input, { type: "function_call_output", call_id: "a", output: "" }];

    expect(parse({ input: grown }).conversation).toBe(first);
    expect(parse({ input: [message("user", "other")] }).conversation).not.toBe(first);
    expect(parse({ previous_response_id: "resp_1" }).conversation).not.toBe(first);
  });

  it.each([
    ["without tools", { tools: [] }, "text"],
    ["that only makes ready", { generate: false }, "calls"],
  ])("is a side turn %s", (_, more, type) => {
    expect(parse(more).immediate?.type).toBe(type);
  });

  it("is held if it offers tools", () => {
    expect(parse().immediate).toBeUndefined();
  });

  it.each([
    ["no object", []],
    ["no model", { input: [] }],
    ["no input", { model: "m" }],
    ["tools of no type", request({ tools: [{ name: "x" }] })],
    ["a tool that is none", request({ tools: ["x"] })],
  ])("is refused as malformed: %s", (_, body) => {
    expect(() => responses.parse(body)).toThrow(expect.objectContaining({ code: "bad-request" }));
  });
});

describe("a streamed reply", () => {
  const calls = [
    { id: "c1", name: "hum", arguments: { line: "la" } },
    { id: "c2", name: "carve", arguments: { input: "*** x\n" } },
    { id: "c3", name: "choir_hum", arguments: {} },
    { id: "c4", name: "choir_score", arguments: { input: "y" } },
  ];

  it("answers each call in the kind that the request listed its tool as", () => {
    const encoder = responses.encoder(parse());
    encoder.begin();

    const done = encoder
      .calls(calls)
      .filter(({ event }) => event === "response.output_item.done")
      .map((event) => objectOf(bodyOf(event)["item"]));

    expect(done).toMatchObject([
      { type: "function_call", call_id: "c1", name: "hum", arguments: '{"line":"la"}' },
      { type: "custom_tool_call", call_id: "c2", name: "carve", input: "*** x\n" },
      {
        type: "function_call",
        call_id: "c3",
        namespace: "choir",
        name: "hum",
        arguments: "{}",
      },
      { type: "custom_tool_call", call_id: "c4", namespace: "choir", name: "score", input: "y" },
    ]);
    expect(done[0]).not.toHaveProperty("namespace");
  });

  it("is a lawful sequence with a heartbeat in it, numbered throughout", () => {
    const encoder = responses.encoder(parse());
    const [first, second] = calls;

    const events = [
      ...encoder.begin(),
      ...encoder.heartbeat(),
      ...encoder.calls([first!]),
      ...encoder.heartbeat(),
      ...encoder.calls([second!]),
      ...encoder.end(),
    ];

    expect(typesOf(events)).toEqual([
      "response.created",
      "response.in_progress",
      "response.in_progress",
      "response.output_item.added",
      "response.function_call_arguments.delta",
      "response.function_call_arguments.done",
      "response.output_item.done",
      "response.in_progress",
      "response.output_item.added",
      "response.custom_tool_call_input.delta",
      "response.custom_tool_call_input.done",
      "response.output_item.done",
      "response.completed",
    ]);
    expect(events.map((event) => bodyOf(event)["type"])).toEqual(typesOf(events));
    expect(events.map((event) => bodyOf(event)["sequence_number"])).toEqual(
      events.map((_, n) => n),
    );
    const indexes = events.flatMap((event) => bodyOf(event)["output_index"] ?? []);
    expect(indexes).toEqual([0, 0, 0, 0, 1, 1, 1, 1]);
  });

  it("completes with an id of its own, all its items, and next to no usage", () => {
    const ends = [1, 2].map(() => {
      const encoder = responses.encoder(parse());
      encoder.begin();
      encoder.calls(calls);
      return objectOf(bodyOf(encoder.end().at(-1)!)["response"]);
    });

    expect(ends[0]).toMatchObject({
      status: "completed",
      output: [{ call_id: "c1" }, { call_id: "c2" }, { call_id: "c3" }, { call_id: "c4" }],
      usage: { input_tokens: 1, output_tokens: 1, total_tokens: 2 },
    });
    expect(ends[0]?.["id"]).toMatch(/^resp_\w+$/);
    expect(ends[0]?.["id"]).not.toBe(ends[1]?.["id"]);
  });

  it("ends with a text where there is one", () => {
    const encoder = responses.encoder(parse());
    encoder.begin();

    const events = encoder.end({ type: "text", text: "No singer is here." });

    expect(typesOf(events)).toEqual([
      "response.output_item.added",
      "response.content_part.added",
      "response.output_text.delta",
      "response.output_text.done",
      "response.content_part.done",
      "response.output_item.done",
      "response.completed",
    ]);
    expect(bodyOf(events[5]!)["item"]).toMatchObject({
      type: "message",
      role: "assistant",
      content: [{ type: "output_text", text: "No singer is here." }],
    });
  });

  it("ends with a failed response for an error", () => {
    const encoder = responses.encoder(parse());
    encoder.begin();

    const [event, ...more] = encoder.end({
      type: "error",
      error: new H2mError("internal", "It broke."),
    });

    expect(more).toEqual([]);
    expect(event?.event).toBe("response.failed");
    expect(bodyOf(event!)["response"]).toMatchObject({
      status: "failed",
      error: { code: "server_error", message: "It broke." },
    });
  });

  it("can complete with no output at all", () => {
    const encoder = responses.encoder(parse({ generate: false }));

    const events = [...encoder.begin(), ...encoder.calls([]), ...encoder.end()];

    expect(bodyOf(events.at(-1)!)["response"]).toMatchObject({ status: "completed", output: [] });
  });

  it("is one whole response where no stream was asked for", () => {
    const { json } = responses.encoder(parse({ stream: undefined }));

    expect(json({ type: "calls", calls: calls.slice(0, 1) })).toMatchObject({
      object: "response",
      status: "completed",
      output: [{ type: "function_call", call_id: "c1" }],
    });
    expect(json({ type: "text", text: "t" })).toMatchObject({ output: [{ type: "message" }] });
  });
});

describe("the responses API", () => {
  it("takes requests out of WebSocket messages, and ignores every other message", () => {
    const frame = { type: "response.create", model: "m", input: [] };

    expect(responses.unwrap?.(frame)).toEqual({ model: "m", input: [], stream: true });
    expect(responses.unwrap?.({ type: "response.cancel" })).toBeUndefined();
    expect(responses.unwrap?.([])).toBeUndefined();
  });

  it("says an error in its own form, whole enough for a WebSocket", () => {
    expect(responses.error(new H2mError("bad-request", "No.", { hint: "Do." }))).toEqual({
      type: "error",
      status: 400,
      error: {
        type: "invalid_request_error",
        code: "bad-request",
        message: "No. Do.",
        param: null,
      },
    });
  });

  it("lists its one model", async () => {
    const models = responses.endpoints?.find(({ path }) => path === "/v1/models");

    const answer = await models?.handle(new Request("http://localhost/v1/models"));

    expect(await answer?.json()).toMatchObject({ object: "list", data: [{ id: "h2m" }] });
  });
});
