import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createH2m, type H2m } from "../h2m.ts";
import { textOf } from "../kit/content.ts";
import type { HarnessOptions } from "../types/harness.ts";
import type { CallToolResult } from "../types/mcp.ts";
import type { Plugin } from "../types/plugin.ts";
import { PIXEL } from "./fake-tools.ts";
import { McpClient } from "./mcp-client.ts";
import { processesWith, RealWorld, untilNothing } from "./real-world.ts";

/** A call in the words of one harness. */
export interface SampleCall {
  readonly name: string;
  readonly arguments: Record<string, unknown>;
}

/** How one harness spells what the tests ask for. Paths are absolute. */
export interface RealHarnessCase {
  /** The launcher's name. */
  readonly harness: string;
  /** What the config's `plugins` would hold. */
  readonly plugins: readonly Plugin[];
  /** What the config says of the harness. */
  readonly options?: HarnessOptions;
  /** Tools that must be listed; there may be others. */
  readonly tools: readonly string[];
  shell(command: string): SampleCall;
  write(path: string, text: string): SampleCall;
  read(path: string): SampleCall;
  edit(path: string, from: string, to: string): SampleCall;
  /** The output of a command, without what the harness says around it. @default the text as it is */
  output?(text: string): string;
  /** It shows images. @default true */
  readonly images?: boolean;
  /** It runs the calls of one turn at the same time; `false`: one after another. @default true */
  readonly parallel?: boolean;
  /** Names of what the program itself leaves in the temporary folder if it is ended in the middle of a command. @default none */
  readonly leaves?: RegExp;
}

/** Milliseconds that a program may take to start, on a busy machine, and that one test may take. */
const CONNECT = 100_000;
const TEST = 60_000;

/** Tests the real program from end to end, over MCP: it must be installed. Call it at the top of a test file. */
export function describeRealHarness(options: RealHarnessCase): void {
  const { harness, plugins, tools, images = true, parallel = true, leaves } = options;
  const output = (result: CallToolResult) =>
    (options.output?.(textOf(result)) ?? textOf(result)).trim();

  describe(`${harness}, for real`, { timeout: TEST }, () => {
    let world: RealWorld;
    let h2m: H2m;
    let client: McpClient;
    const troubles: string[] = [];
    const call = (sample: SampleCall) => client.call(sample.name, sample.arguments);
    const shell = (command: string) => call(options.shell(command));

    beforeAll(async () => {
      world = await RealWorld.create();
      h2m = await createH2m({
        harnesses: { [harness]: options.options ?? {} },
        plugins,
        cwd: world.project,
        // What h2m itself keeps is not the harness's doing; and each list shall come from the harness.
        catalog: false,
        timeouts: { connect: CONNECT },
        server: { port: 0, token: "token-of-the-test", attachKey: "attach-key-of-the-test" },
      });
      h2m.on("error", ({ error }) => troubles.push(error.text));
      h2m.on("warning", ({ message }) => troubles.push(message));
      client = await McpClient.connect(h2m.mcpUrl, "token-of-the-test");
      await client.tools();
    }, CONNECT);

    afterAll(async () => {
      await client?.end();
      await h2m?.close();
      await world?.end();
    }, TEST);

    it("is found, with its version", async () => {
      expect((await h2m.install(harness)).version).toMatch(/^\d+\.\d+/);
    });

    it("lists its tools, each with an object as its arguments", async () => {
      const listed = await client.tools();

      expect(listed.map(({ name }) => name)).toEqual(expect.arrayContaining([...tools]));
      for (const { inputSchema } of listed) expect(inputSchema.type).toBe("object");
      for (const name of tools) {
        const { description = "" } = listed.find((tool) => tool.name === name) ?? {};
        expect(description.length, name).toBeGreaterThan(10);
      }
    });

    it("runs a command in the folder of the config", async () => {
      const result = await shell("echo one; pwd");

      expect(result.isError ?? false).toBe(false);
      expect(output(result)).toBe(`one\n${world.project}`);
    });

    it("writes, reads and edits a file", async () => {
      const path = join(world.project, "poem.txt");
      const text = "first line\nsecond line\n";

      const written = await call(options.write(path, text));
      const before = await call(options.read(path));
      const onDisk = await readFile(path, "utf8");
      const edited = await call(options.edit(path, "second", "last"));
      const after = await call(options.read(path));

      for (const result of [written, before, edited, after])
        expect(result.isError ?? false, textOf(result)).toBe(false);
      expect(onDisk).toBe(text);
      expect(textOf(before)).toContain("second line");
      expect(await readFile(path, "utf8")).toBe("first line\nlast line\n");
      expect(textOf(after)).toContain("last line");
    });

    if (images)
      it("shows an image as an image block", async () => {
        const path = join(world.project, "pixel.png");
        await writeFile(path, Buffer.from(PIXEL, "base64"));

        const { content } = await call(options.read(path));

        expect(content).toContainEqual({ type: "image", mimeType: "image/png", data: PIXEL });
      });

    it("marks what failed, with what it said, and lives on", async () => {
      const command = await shell("echo before; exit 3");
      const missing = await call(options.read(join(world.project, "missing.txt")));

      expect(command.isError).toBe(true);
      expect(textOf(command)).toContain("before");
      expect(missing.isError).toBe(true);
      expect(textOf(missing)).toContain("missing.txt");
      expect(output(await shell("echo alive"))).toBe("alive");
    });

    it("gives each of three calls made at once its own result", async () => {
      const words = ["red", "green", "blue"];

      const results = await Promise.all(words.map((word) => shell(`echo ${word}`)));

      expect(results.map(output)).toEqual(words);
    });

    if (parallel)
      it("runs two calls of one turn at the same time", async () => {
        // Requests over HTTP do not come at the same instant: without a driver that settles, each may get a turn of its own.
        const [session] = h2m.sessions.list();
        const at = (sample: SampleCall) => session?.call(sample.name, sample.arguments);
        // Each waits for a file that the other one makes.
        const waiting = (own: string, other: string) =>
          `touch ${own}; for i in 1 2 3 4 5 6 7 8 9; do [ -e ${other} ] && break; sleep 1; done; [ -e ${other} ] && echo ${own}`;

        const calls = [waiting("a", "b"), waiting("b", "a")].map((each) => at(options.shell(each)));
        const results = await Promise.all(calls);

        expect(results.map((result) => result && output(result))).toEqual(["a", "b"]);
        expect(results.map((result) => result?.isError ?? false)).toEqual([false, false]);
      });

    it("leaves nothing in the user's folders", async () => {
      const own = (name: string) => !name.startsWith("h2m-");

      expect((await world.traces()).filter(own)).toEqual([]);
    });

    it("ends with its session: no process, no file, and no trouble on the way", async () => {
      // Words that no other process has.
      const [behind, before] = ["987651.5", "987652.5"];
      await shell(`nohup sleep ${behind} >/dev/null 2>&1 & echo started`);
      const lost = shell(`sleep ${before}`).catch((error: unknown) => String(error));
      const running = async () => (await processesWith(before)).length > 0;
      await expect.poll(running, { timeout: TEST / 2, interval: 100 }).toBe(true);

      await client.end();

      const left = async () => [
        ...(await processesWith(behind)),
        ...(await processesWith(before)),
        ...(await world.traces()).filter((name) => !leaves?.test(name)),
      ];
      expect(await untilNothing(TEST / 4, left)).toEqual([]);
      expect(await lost).toMatch(/\S/);
      expect(troubles).toEqual([]);
    });
  });
}
