import { describe, expect, it } from "vitest";
import { parseJson, parseObject, withoutMark } from "../../src/kit/json.ts";

describe("a JSON text from outside", () => {
  it("may have a byte order mark before it, and one only", () => {
    expect(parseJson('\ufeff{"a":"\ufeff"}')).toEqual({ a: "\ufeff" });
    expect(parseObject('\ufeff{"a":1}')).toEqual({ a: 1 });
    expect(() => parseJson("\ufeff\ufeff1")).toThrow(SyntaxError);
    expect(withoutMark("\ufeffx\ufeff")).toBe("x\ufeff");
  });

  it("has no half of a character in it, whatever it spells", () => {
    expect(parseJson('["\\ud83d","\\uDC00","\\ud83d\\ude00","\\\\ud83d"]')).toEqual([
      "\ufffd",
      "\ufffd",
      "😀",
      "\\ud83d",
    ]);
  });

  it("is no object if it is nested too deeply to be walked", () => {
    const nested = (depth: number) => `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;

    expect(parseObject(nested(200))).toBeDefined();
    expect(parseObject(nested(5_000))).toBeUndefined();
    expect(parseObject(nested(2_000_000))).toBeUndefined();
  });

  it("may be nested as deep as a parser takes it", () => {
    const text = `${"[".repeat(5_000)}"\\ud83d"${"]".repeat(5_000)}`;

    expect(Array.isArray(parseJson(text))).toBe(true);
  });
});
