import { describe, expect, it } from "vitest";
import { chatCompletions } from "../../plugins/chat-completions/index.ts";
import type { Turn } from "../../src/plugin.ts";

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

describe("a chat completions request", () => {
  it("is read with its tools, prompts and model", () => {
    const turn = parse();

    expect(turn).toMatchObject({
      api: "chat-completions",
      model: "spade-1",
      stream: true,
      tools: [{ name: "dig", description: "Digs a hole.", inputSchema: TOOL.function.parameters }],
      skipped: [],
      results: [],
      prompts: [
        { role: "system", text: "You are a gardener." },
        { role: "user", text: "Plant a tree." },
      ],
    });
    expect(turn.immediate).toBeUndefined();
  });

  it("is answered at once if it offers no tools", () => {
    expect(parse({ tools: undefined }).immediate).toMatchObject({ type: "text" });
    expect(parse({ tools: null }).immediate).toMatchObject({ type: "text" });
    expect(parse({ tools: [] }).immediate).toMatchObject({ type: "text" });
  });

  it("asks for no stream unless it says so", () => {
    expect(parse({ stream: undefined }).stream).toBe(false);
    expect(parse({ stream: null }).stream).toBe(false);
  });

  it("gives a tool without a schema an empty one", () => {
    const turn = parse({
      tools: [
        { type: "function", function: { name: "bare" } },
        { type: "function", function: { name: "hollow", parameters: {} } },
      ],
    });

    expect(turn.tools).toEqual([
      { name: "bare", inputSchema: { type: "object" } },
      { name: "hollow", inputSchema: { type: "object" } },
    ]);
  });

  it("skips tools that are no functions", () => {
    const turn = parse({ tools: [TOOL, { type: "custom", custom: { name: "freehand" } }] });

    expect(turn.tools.map(({ name }) => name)).toEqual(["dig"]);
    expect(turn.skipped).toEqual([{ name: "freehand", type: "custom" }]);
  });

  it("keeps developer texts, parts of texts, and the first user text only", () => {
    const turn = parse({
      messages: [
        {
          role: "developer",
          content: [
            { type: "text", text: "Water" },
            { type: "text", text: "daily." },
          ],
        },
        {
          role: "user",
          content: [
            { type: "text", text: "First." },
            { type: "image_url", image_url: { url: "x" } },
          ],
        },
        { role: "assistant", content: null },
        { role: "user", content: "Second." },
      ],
    });

    expect(turn.prompts).toEqual([
      { role: "developer", text: "Water\ndaily." },
      { role: "user", text: "First." },
    ]);
  });

  it("has the same conversation as it grows, and another with another beginning", () => {
    const grown = parse({
      messages: [
        ...BASE.messages,
        { role: "assistant", content: "Done." },
        { role: "user", content: "More." },
      ],
    });
    const other = parse({ messages: [{ role: "user", content: "Fell a tree." }] });

    expect(grown.conversation).toBe(parse().conversation);
    expect(other.conversation).not.toBe(parse().conversation);
  });

  it.each([
    ["nothing", undefined],
    ["a list", []],
    ["no messages", { model: "m" }],
    ["no model", { messages: [] }],
    ["messages of another kind", { model: "m", messages: "hello" }],
    ["a tool without a name", { ...BASE, tools: [{ type: "function", function: {} }] }],
  ])("is refused if it is %s", (_what, body) => {
    expect(() => chatCompletions.parse(body)).toThrow(
      expect.objectContaining({ name: "H2mError", code: "bad-request" }),
    );
  });
});
