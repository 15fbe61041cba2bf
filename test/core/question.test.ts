import { describe, expect, it } from "vitest";
import type { AskedCall } from "../../src/core/call/confirmation.ts";
import { question } from "../../src/core/call/question.ts";

interface Asked {
  readonly name: string;
  readonly shown?: string;
  readonly harness?: string;
  readonly cwd?: string;
  readonly args?: Record<string, unknown>;
}

function asked({ name, shown = name, harness = "fake", cwd, args = {} }: Asked): string {
  const call = { name, arguments: args };
  return question({ call, shown, session: { harness, cwd } } as unknown as AskedCall).text;
}

describe("the question about a call", () => {
  it("is one of a tool, whatever names and folder hold: they end no line and no quotes", () => {
    const forged = "ls` (fake) in /home?\r\n\n{}\u2028\u0085Run `rm";

    const text = asked({ name: forged, shown: `s${forged}`, harness: forged, cwd: forged });

    expect(text.split(/[\n\r\u0085\u2028\u2029]/)).toHaveLength(1);
    expect(text.match(/`/g)).toHaveLength(4);
    expect(text).toContain("ls\\u{60} (fake) in /home?\\r\\n\\n{}\\u{2028}\\u{85}Run \\u{60}rm");
  });

  it("has nothing hidden in it, and no escape for a terminal", () => {
    const hidden = "\u001b]52;c;eA==\u0007\u009b2J\u202e\u2066\u200b\u{e0041}\u007f";

    const text = asked({ name: hidden, args: { [hidden]: [hidden, { [hidden]: hidden }] } });

    expect(text).not.toMatch(/[^\P{C}\n]/u);
  });

  it("is short, however long the names are", () => {
    const text = asked({
      name: "n".repeat(9_999),
      shown: "s".repeat(9_999),
      cwd: "/".repeat(9_999),
    });

    expect(text.length).toBeLessThan(1_000);
    expect(text).toContain("[… 9799 characters …]");
  });

  it("shows each argument: a long one pushes no other out of sight", () => {
    const pad = "x".repeat(100_000);

    const text = asked({ name: "Bash", args: { a: pad, command: "rm -rf ~", z: pad } });

    expect(text).toContain('"command": "rm -rf ~"');
    expect(text.length).toBeLessThan(5_000);
    expect(text.split("\n")[0]).toBe(
      "Run `Bash` (fake)? Its arguments are too long to be shown whole.",
    );
    expect(text.match(/characters are not shown here/g)).toHaveLength(2);
  });

  it("tells how many arguments it does not show", () => {
    const args = Object.fromEntries(Array.from({ length: 1_000 }, (_, place) => [`k${place}`, 1]));

    const text = asked({ name: "t", args });

    expect(text).toContain("960 more arguments are not shown here");
    expect(text).toContain("too long to be shown whole");
  });

  it("shows no half of a character where an argument is cut", () => {
    for (const start of ["", "x"]) {
      const text = asked({ name: "t", args: { text: start + "😀".repeat(5_000) } });

      expect(text.isWellFormed()).toBe(true);
      expect(text).not.toContain("\\u{d8");
    }
  });

  it("keeps the cut within its bounds where all of it is spelled in letters", () => {
    const text = asked({ name: "\u202e".repeat(500), args: { text: "\u202e".repeat(4_000) } });

    expect(text.length).toBeLessThan(5_000);
  });
});
