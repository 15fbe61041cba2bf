import { closeSync, openSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { beforeEach, describe, expect, it } from "vitest";
import { argumentsIn, isPiped, readInput } from "../src/cli/input/input.ts";
import { fakeConfig, type Ran, stateOf, useCli } from "./helpers/cli.ts";
import { failure } from "./helpers/until.ts";

describe("an input", () => {
  it("is read to its end, also in pieces that split a character", async () => {
    const input = new PassThrough();
    const read = readInput(input, { limit: 5_000, silence: 50 });
    const bytes = Buffer.from('{"text":"é"}');
    for (const byte of bytes) input.write(Buffer.of(byte));
    setTimeout(() => input.end(), 150);

    expect(await read).toBe('{"text":"é"}');
  });

  it("that says nothing is not waited for, nor one that does not end", async () => {
    const input = new PassThrough();

    expect(await readInput(input, { limit: 5_000, silence: 20 })).toBeUndefined();
    input.write("{");
    const { message } = await failure(readInput(input, { limit: 30, silence: 20 }));
    expect(message).toContain("has not ended");
    expect(input.listenerCount("data")).toBe(0);
    input.destroy(new Error("later"));
  });

  it("that fails, or is too long, is an error", async () => {
    const [broken, long] = [new PassThrough(), new PassThrough()];
    const failed = failure(readInput(broken, { limit: 5_000 }));
    const refused = failure(readInput(long, { limit: 5_000 }));
    broken.destroy(new Error("EIO"));
    for (let n = 0; n < 17; n++) long.write(Buffer.alloc(1024 * 1024));

    expect((await failed).message).toContain("cannot be read: EIO");
    expect((await refused).message).toContain("longer than");
  });

  it.each<[string, string]>([
    ["[1]", "is no JSON object: it begins with `[1]`"],
    ["a\u001b[2J", "is no JSON object: it begins with `a\\u{1b}[2J`"],
    [" \n", "is empty"],
  ])("%j is no arguments", (text, expected) => {
    expect(() => argumentsIn(text, "The file")).toThrow(`The file ${expected}`);
  });

  it("may have a byte order mark", () => {
    expect(argumentsIn('\ufeff{ "a": 1 }\r\n', "The file")).toEqual({ a: 1 });
  });

  it("is no pipe where it is /dev/null or closed", () => {
    const file = openSync("/dev/null", "r");
    try {
      expect(isPiped(file)).toBe(false);
    } finally {
      closeSync(file);
    }
    expect(isPiped(file)).toBe(false);
  });
});

describe("h2m call", () => {
  const world = useCli();
  beforeEach(() => world.put("h2m.config.mjs", fakeConfig()));

  async function piped(input: string, ...args: string[]): Promise<Ran> {
    return world.runWith({ input }, "call", ...args);
  }

  it.each([
    ["-", ["echo", "-"], '{ "text": "dash" }', "dash\n"],
    ["- after a harness", ["fake", "echo", "-"], '{"text":"dash"}\n', "dash\n"],
    ["a pipe without arguments", ["echo"], '{ "text": "pipe" }', "pipe\n"],
    ["an empty pipe", ["reminded"], "\n", expect.stringContaining("body")],
    ["a pipe beside arguments", ["echo", "text=word"], "not read", "word\n"],
    ["a pipe beside `{}`", ["reminded", "{}"], "not read", expect.stringContaining("body")],
  ])("takes its arguments from %s", async (_, args, input, out) => {
    expect(await piped(input, ...args)).toMatchObject({ code: 0, out });
  });

  it("takes them from the pipe of its own process", async () => {
    const call = world.start("call", "echo");
    call.child.stdin?.end('{ "text": "alone" }');

    expect([await call.ended, call.stdout()]).toEqual([0, "alone\n"]);
  });

  it("takes its arguments from a file", async () => {
    await writeFile(join(world.folder, "args.json"), '{ "text": "file" }');

    expect(await piped("", "echo", "@args.json")).toMatchObject({ code: 0, out: "file\n" });
    expect(await piped("", "fake", "echo", "@args.json")).toMatchObject({ out: "file\n" });
  });

  it.each<[string[], string, RegExp]>([
    [["echo", "-"], "text=x", /The standard input is no JSON object: it begins with `text=x`/],
    [["echo"], "line 1\nline 2", /The standard input is no JSON object.*\n.*`{}`/],
    [["echo", "-"], "", /The standard input is empty/],
    [["echo", "@gone.json"], "", /`gone\.json` cannot be read: ENOENT/],
    [["echo", "-", "a=1"], "{}", /`-` stands for all arguments/],
    [["echo", "a=1", "@x"], "{}", /`@x` stands for all arguments/],
  ])("ends with 2 for %j with %j", async (args, input, message) => {
    const { code, out, err } = await piped(input, ...args);

    expect(err).toMatch(message);
    expect({ code, out }).toEqual({ code: 2, out: "" });
  });

  it("does not wait for a pipe that nobody writes to", async () => {
    const call = world.start("call", "pid");

    expect(await call.ended).toBe(0);
    expect(call.stdout()).toMatch(/^\d+\n$/);
    expect(call.stderr()).toMatch(/warn: Nothing came on the standard input/);
  });

  it.each([["</dev/null"], ["<&-"]])("needs no standard input (%s)", async (redirect) => {
    const command = `"$0" "$@" ${redirect}`;
    const line = ["-c", command, process.execPath, world.cli, "call", "pid"];
    const env = {
      PATH: "/usr/bin:/bin",
      HOME: world.folder,
      XDG_STATE_HOME: stateOf(world.folder),
    };
    const { status, stdout, stderr } = spawnSync("/bin/sh", line, { cwd: world.folder, env });

    expect(stderr.toString()).not.toContain("warn");
    expect({ status, out: stdout.toString() }).toEqual({
      status: 0,
      out: expect.stringMatching(/^\d+\n$/),
    });
  });
});
