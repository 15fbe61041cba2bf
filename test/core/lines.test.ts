import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { type LineEnds, Lines } from "../../src/core/host/lines.ts";
import { Tail } from "../../src/core/host/tail.ts";
import { definePlugin } from "../../src/plugin.ts";
import { fakeLauncher } from "../../src/testing.ts";
import { serve } from "../helpers/server.ts";
import { failure, until } from "../helpers/until.ts";
import { longestStop } from "../helpers/work.ts";

/** A stream and what was heard of it. */
function read(limit?: number) {
  const stream = new PassThrough();
  const heard: string[] = [];
  let tooLong = 0;
  const ears = { onLine: (line: string) => void heard.push(line), onTooLong: () => void tooLong++ };
  const lines = new Lines(stream, ears, limit);
  return { stream, heard, lines, tooLong: () => tooLong };
}

describe("lines of a stream", () => {
  it("are told as they come, however they are cut", async () => {
    const { stream, heard } = read();
    const text = `one\ntwo \u2028 three\n\n\r\n{"a":"é😀"}\nrest`;
    for (const byte of Buffer.from(text)) stream.write(Buffer.from([byte]));

    await until("all lines", () => heard.length === 3);
    expect(heard).toEqual(["one", "two \u2028 three", '{"a":"é😀"}']);
  });

  it("that are many leave others their turn, and come in their order", async () => {
    const { stream, heard, lines } = read();
    const many = Array.from({ length: 200_000 }, (_, i) => `${i}\n`).join("");
    let turns = 0;
    const count = () => {
      turns++;
      if (heard.length < 200_001) setImmediate(count);
    };
    setImmediate(count);

    stream.write(many);
    stream.write("last\n");

    expect(heard.length).toBeLessThan(200_000);
    await until("the last", () => heard.at(-1) === "last", 10_000);
    expect(heard).toEqual([...Array.from({ length: 200_000 }, (_, i) => `${i}`), "last"]);
    expect(turns).toBeGreaterThan(2);
    expect(lines.waiting).toBe(false);
  });

  it("that are too long are left out, told once each, and take no memory", async () => {
    const { stream, heard, tooLong } = read(10);
    stream.write("short\n");
    stream.write("12345678901\n");
    stream.write("0123456789\n");
    for (let i = 0; i < 100; i++) stream.write("xxxxx");
    stream.write("\nshort again\n".replace(" again", ""));

    await until("the last", () => heard.length === 3);
    expect(heard).toEqual(["short", "0123456789", "short"]);
    expect(tooLong()).toBe(2);
  });

  it.each(["a", "é", "€", "😀"])(
    "that are too long tell their ends in whole characters: %s",
    async (letter) => {
      const stream = new PassThrough();
      const lost: LineEnds[] = [];
      new Lines(
        stream,
        { onLine: () => {}, onTooLong: () => {}, onLost: (ends) => void lost.push(ends) },
        1_000,
      );

      // In pieces that end within a character, and in one.
      const long = Buffer.from(`<${letter.repeat(3_000)}>`);
      for (let at = 0; at < long.length; at += 7) stream.write(long.subarray(at, at + 7));
      stream.write("\n");
      stream.write(Buffer.concat([long, Buffer.from("\n")]));

      await until("both", () => lost.length === 2);
      const letters = letter.repeat(500);
      for (const { start, end } of lost) {
        expect(start).toBe(`<${letters}`.slice(0, 500));
        expect(end).toBe(`${letters}>`.slice(-500));
      }
    },
  );
});

it("the end of an output is kept, with whole characters only", () => {
  const tail = new Tail();
  for (let i = 0; i < 10_000; i++) tail.add(Buffer.from("😀"));
  tail.add(Buffer.from("\nthe end\n"));

  expect(tail.text).toMatch(/^(?:😀)+\nthe end$/u);
  expect(tail.text.length).toBeGreaterThan(3_900);
  expect(tail.text.length).toBeLessThanOrEqual(4_000);
});

describe("a harness that prints without end", () => {
  it.each([
    ["line ends only", "yes ''", 1_000],
    ["short lines", "yes", 1_000],
    ["one line", "cat /dev/zero", 1_000],
    ["errors", "yes '' >&2", 1_000],
  ])("%s leaves the server answering", async (_, script, ms) => {
    const endless = {
      ...fakeLauncher({ name: "endless", driver: true }),
      prepare: () => ({ command: "/bin/sh", args: ["-c", `exec ${script}`] }),
    };
    const h2m = await serve({
      harnesses: ["endless"],
      plugins: [definePlugin({ name: "endless", harnesses: [endless] })],
      timeouts: { connect: ms, shutdown: 500 },
    });
    const longest = await longestStop(() => failure(h2m.sessions.open({}).tools()));

    expect(longest).toBeLessThan(500);
  });
});
