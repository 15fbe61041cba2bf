import { describe, expect, it } from "vitest";
import { endOf, startOf, withoutMiddle, withoutMiddleBytes } from "../../src/kit/cut.ts";

const TEXT = "a😀b😀😀cé€".repeat(5);

describe("a cut text", () => {
  it("has whole characters, at every place of a cut", () => {
    for (let most = 0; most <= TEXT.length + 2; most++) {
      const cuts = [
        startOf(TEXT, most),
        endOf(TEXT, most),
        withoutMiddle(TEXT, most, () => "…"),
        withoutMiddleBytes(TEXT, most, () => "…"),
      ];

      expect(cuts.filter((text) => !text.isWellFormed())).toEqual([]);
      expect(startOf(TEXT, most).length).toBeGreaterThanOrEqual(Math.min(most, TEXT.length) - 1);
      expect(endOf(TEXT, most).length).toBeGreaterThanOrEqual(Math.min(most, TEXT.length) - 1);
      expect(startOf(TEXT, most).length).toBeLessThanOrEqual(most);
      expect(endOf(TEXT, most).length).toBeLessThanOrEqual(most);
      expect(TEXT.startsWith(startOf(TEXT, most))).toBe(true);
      expect(TEXT.endsWith(endOf(TEXT, most))).toBe(true);
    }
    expect([startOf("ab", -1), endOf("ab", -1), startOf("😀", 1), endOf("😀", 1)].join("")).toBe(
      "",
    );
  });

  it("tells how much of its middle is left out", () => {
    for (let most = 2; most < TEXT.length; most++) {
      const cut = withoutMiddle(TEXT, most, (left) => `[${left}]`);
      const [, left = ""] = /\[(\d+)\]/.exec(cut) ?? [];
      expect(cut.length - left.length - 2 + Number(left)).toBe(TEXT.length);
    }
    expect(withoutMiddle("abc", 3, () => "…")).toBe("abc");
  });

  it("keeps what was no character before", () => {
    expect(startOf("\ud83dx", 1)).toBe("\ud83d");
    expect(startOf("\ud83d\ud83dx", 1)).toBe("\ud83d");
    expect(endOf("x\udc00", 1)).toBe("\udc00");
  });
});
