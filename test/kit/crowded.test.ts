import { describe, expect, it } from "vitest";
import { isCrowded } from "../../src/kit/crowded.ts";

describe("isCrowded", () => {
  it.each([
    ["items", [1, 2, 3], 4],
    ["keys", { a: 1, b: { c: [] } }, 5],
    ["brackets in a text", ["[[[,,,{{{", "x"], 3],
    ["quotes in a text", ['"[', '\\"[,', "\\", '\\\\"', ","], 6],
  ])("counts %s", (_, value, count) => {
    const text = JSON.stringify(value, undefined, 2);
    expect([isCrowded(text, count), isCrowded(text, count - 1)]).toEqual([false, true]);
  });

  it("does not take a long text for many values", () => {
    expect(isCrowded(JSON.stringify({ a: ',["'.repeat(1e6) }), 10)).toBe(false);
  });

  it("counts what is no JSON as far as it goes", () => {
    expect(isCrowded("[".repeat(1e6), 1_000)).toBe(true);
    expect(isCrowded('"' + "[".repeat(1e6), 1_000)).toBe(false);
    expect(isCrowded("x".repeat(1e6), 1_000)).toBe(false);
  });
});
