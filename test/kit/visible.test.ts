import { describe, expect, it } from "vitest";
import { visible, visibleJson, visibleLines } from "../../src/kit/visible.ts";
import { wellFormed } from "../../src/kit/well-formed.ts";

/** All of one range of code points. */
const range = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, place) => String.fromCodePoint(first + place));

/** What forges, hides, or steers a terminal. */
const HOSTILE = [
  ...range(0x00, 0x1f),
  ...range(0x7f, 0x9f),
  ...range(0x200b, 0x200f),
  ...range(0x2028, 0x202e),
  ...range(0x2060, 0x206f),
  ..."\u00ad\u034f\u061c\u115f\u180e\u3164\ufe0f\ufeff\uffa0",
  ...range(0xe0000, 0xe007f),
  "\ud83d",
  "\udc00",
];

/** Whatever a reader may take for the end of a line: Python's `splitlines` does with all of them. */
const ENDS = new RegExp(String.raw`\r\n|[\n\v\f\r\x1c-\x1e\x85\u2028\u2029]`);

describe("a text of others in one line", () => {
  it.each(HOSTILE.map((mark) => [mark.codePointAt(0)?.toString(16), mark]))(
    "shows U+%s between letters as letters",
    (hex, mark) => {
      const shown = visible(`rm${mark}x`);

      expect(shown).toMatch(/^rm(\\u\{[\da-f]+\}|\\[nrt])x$/);
      if (!shown.match(/\\[nrt]/)) expect(shown).toBe(`rm\\u{${hex}}x`);
    },
  );

  it("keeps letters, and marks that belong to their spelling", () => {
    const text = 'é € 日本語 👨‍👩‍👧 ❤️ 1️⃣ 👩🏽‍💻 🏳️‍🌈 می‌شود क्‍ष "\\u{1b}" ‒';

    expect(visible(text)).toBe(text);
    expect(visible("é\u200dé \u200d👩 a\ufe0f")).toBe("é\\u{200d}é \\u{200d}👩 a\\u{fe0f}");
  });

  it("is not ended: CR, LF, tab, and what others take for an end of a line", () => {
    expect(visible("a\r\nb\tc\u0085d\u2028e\u2029f\u000bg\fh")).toBe(
      "a\\r\\nb\\tc\\u{85}d\\u{2028}e\\u{2029}f\\u{b}g\\u{c}h",
    );
  });
});

describe("a text of others with lines", () => {
  it("keeps its ends of lines, as one mark each, and its tabs, and no return to the start of a line", () => {
    expect(visibleLines("a\r\n\tb\nc\rd\u2028")).toBe("a\n\tb\nc\\rd\\u{2028}");
  });

  it.each([
    ["OSC 52", "\u001b]52;c;cm0gLXJmIH4=\u0007"],
    ["OSC 52 by C1", "\u009d52;c;cm0gLXJmIH4=\u009c"],
    ["a cleared screen", "\u001b[2J\u001b[H"],
    ["a line that is written over", "evil\rgood"],
    ["backspaces", "evil\b\b\b\bgood"],
  ])("lets %s steer no terminal", (_, text) => {
    expect(visibleLines(text)).not.toMatch(/[^\P{C}\n]/u);
  });
});

describe("JSON for a terminal or a file of lines", () => {
  it("is the same value, well-formed, with nothing hidden in it", () => {
    const value = { [`k${HOSTILE.join("")}`]: [HOSTILE.join("x"), "👩🏽‍💻", null, 1] };

    for (const indent of [undefined, 2]) {
      const text = visibleJson(value, indent);
      expect(JSON.parse(text)).toEqual(wellFormed(value));
      expect(text.replaceAll("👩🏽‍💻", "")).not.toMatch(/[^\P{C}\n]|[\u2028\u2029]/u);
      expect(text.split(ENDS)).toHaveLength(indent ? 8 : 1);
    }
  });
});
