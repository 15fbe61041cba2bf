import type { Turn } from "harness-to-mcp/plugin";
import { describeApiAdapter, PIXEL } from "harness-to-mcp/testing";
import { describe, expect, it } from "vitest";
import { generateContent } from "../src/index.ts";
import { wire } from "./wire.ts";

describeApiAdapter(generateContent, {
  wire,
  errorFlag: true,
  hosted: "googleSearch",
  lawful: (events) => {
    const chunks = events.map(({ data }) => data as Record<string, any>);
    expect(new Set(chunks.map(({ responseId }) => responseId)).size).toBe(1);
    const reasons = chunks.map((chunk) => chunk["candidates"]?.[0]?.finishReason);
    expect(reasons.filter((reason) => reason !== undefined)).toEqual(["STOP"]);
    expect(reasons.at(-1)).toBe("STOP");
  },
});

const PARAMS = { model: "some-model", method: "streamGenerateContent" };
const read = (body: object): Turn => generateContent.parse({ contents: [], ...body }, PARAMS);
const resultOf = (...parts: object[]) => read({ contents: [{ role: "user", parts }] }).results;

describe("beyond what every API has, it reads", () => {
  it("the older form of a schema, with its types in capitals", () => {
    const parameters = {
      type: "OBJECT",
      properties: {
        path: { type: "STRING", nullable: true, description: "Where." },
        lines: { type: "ARRAY", items: { type: "INTEGER" } },
        either: { anyOf: [{ type: "NUMBER" }, { type: "BOOLEAN" }] },
        type: { type: "STRING" },
      },
      required: ["path"],
    };

    const { tools } = read({ tools: [{ functionDeclarations: [{ name: "old", parameters }] }] });

    expect(tools[0]?.inputSchema).toEqual({
      type: "object",
      properties: {
        path: { type: ["string", "null"], description: "Where." },
        lines: { type: "array", items: { type: "integer" } },
        either: { anyOf: [{ type: "number" }, { type: "boolean" }] },
        type: { type: "string" },
      },
      required: ["path"],
    });
  });

  it("a function without arguments", () => {
    const { tools } = read({ tools: [{ functionDeclarations: [{ name: "bare" }] }] });

    expect(tools).toEqual([{ name: "bare", inputSchema: { type: "object" } }]);
  });

  it("a result that is no text as its JSON, and one that says nothing as nothing", () => {
    const [object, empty] = resultOf(
      { functionResponse: { id: "1", name: "t", response: { output: "x", more: [1] } } },
      { functionResponse: { id: "2", name: "t", response: {} } },
    );

    expect(object?.result.content).toEqual([{ type: "text", text: '{"output":"x","more":[1]}' }]);
    expect(empty?.result.content).toEqual([]);
  });

  it("media inside of a result, and media after it, each as the result's own", () => {
    const inlineData = { mimeType: "image/png", data: PIXEL };
    const image = { type: "image", ...inlineData };
    const [inside, after, none] = resultOf(
      {
        functionResponse: {
          id: "1",
          name: "t",
          response: { output: "a" },
          parts: [{ inlineData }],
        },
      },
      { functionResponse: { id: "2", name: "t", response: { output: "b" } } },
      { inlineData },
      { functionResponse: { id: "3", name: "t", response: { output: "c" } } },
    );

    expect(inside?.result.content).toEqual([{ type: "text", text: "a" }, image]);
    expect(after?.result.content).toEqual([{ type: "text", text: "b" }, image]);
    expect(none?.result.content).toEqual([{ type: "text", text: "c" }]);
  });

  it("a request for JSON without tools as one whose answer is JSON", () => {
    const generationConfig = { responseMimeType: "application/json" };

    expect(read({ generationConfig }).immediate).toEqual({ type: "text", text: "{}" });
  });

  it("no request whose path names no model", () => {
    expect(() => generateContent.parse({ contents: [] })).toThrow("names no model");
  });
});
