import { describe, expect, it } from "vitest";
import { wellFormed } from "../../src/kit/well-formed.ts";

const HALVES = ["\ud83d", "x\udc00y", "\udc00\ud83d", "😀\ud83d"];

describe("a value whose texts are made well-formed", () => {
  it("has no half of a character in any text or key", () => {
    const value = {
      list: HALVES,
      deep: { [`k${HALVES[0]}`]: [{ text: HALVES[1] }] },
      toJSON: HALVES[0],
    };

    const made = wellFormed(value);

    expect(JSON.stringify(made)).not.toMatch(/\\ud[89a-f]/i);
    expect(made.list).toEqual(["\ufffd", "x\ufffdy", "\ufffd\ufffd", "😀\ufffd"]);
    expect(made.deep).toEqual({ "k\ufffd": [{ text: "x\ufffdy" }] });
    expect(JSON.stringify(value)).toMatch(/\\ud83d/);
  });

  it("is the very same one if nothing was wrong", () => {
    const value = {
      a: ["😀", 1, null, undefined, true],
      b: { c: new Date(0), d: new Uint8Array(2) },
    };

    expect(wellFormed(value)).toBe(value);
  });

  it("keeps a key that every object has", () => {
    const made = wellFormed(JSON.parse('{"__proto__":{"x":"\\ud83d"}}') as object);

    expect(JSON.stringify(made)).toBe('{"__proto__":{"x":"\ufffd"}}');
  });
});
