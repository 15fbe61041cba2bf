import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { defineTool, type H2mConfig, type LocalTool, textOf } from "../../../src/plugin.ts";
import { fakePlugin } from "../../../src/testing.ts";
import { ERAS } from "../../helpers/clients.ts";
import { connected, serve } from "../../helpers/server.ts";
import { failure, until } from "../../helpers/until.ts";

const add = defineTool({
  name: "add",
  title: "Sum",
  description: "Adds two numbers.",
  input: z.object({ a: z.number().describe("the first"), b: z.number().default(1) }),
  output: z.object({ sum: z.number() }),
  annotations: { readOnlyHint: true },
  examples: [{ a: 1, b: 2 }],
  handler: ({ a, b }) => ({ sum: a + b }),
});

const count = defineTool({
  name: "count",
  description: "Counts.",
  input: z.object({ to: z.number() }),
  async *handler({ to }) {
    for (let i = 1; i <= to; i++) yield `at ${i}`;
    return "done";
  },
});

const one = (given: Partial<LocalTool>): LocalTool =>
  ({ ...count, name: "one", input: z.object({}), ...given }) as LocalTool;

const alone = (local: readonly (LocalTool | string)[], config: H2mConfig = {}) =>
  serve({ harnesses: [], ...config, tools: { local, ...config.tools } });

const session = async (tool: Partial<LocalTool>, config?: H2mConfig) =>
  (await alone([one(tool)], config)).sessions.open({});

describe("a tool of the project", () => {
  it.each(ERAS)("has one definition for schema, checks and results (%s)", async (era) => {
    const client = await connected(await alone([add, count]), "", era);
    const [told] = await client.tools();

    expect(told).toMatchObject({
      name: "add",
      title: "Sum",
      description: "Adds two numbers.",
      annotations: { readOnlyHint: true },
      inputSchema: {
        type: "object",
        properties: { a: { type: "number", description: "the first" }, b: { default: 1 } },
        required: ["a"],
        examples: [{ a: 1, b: 2 }],
      },
      outputSchema: { type: "object", properties: { sum: { type: "number" } } },
    });
    expect(await client.call("add", { a: 2 })).toMatchObject({
      structuredContent: { sum: 3 },
      content: [{ type: "text", text: '{"sum":3}' }],
    });
    expect(await client.call("add", { a: "x" })).toMatchObject({ isError: true });
    expect(await client.text("count", { to: 2 })).toBe("done");
  });

  it("stands beside a harness, under the same rules", async () => {
    const h2m = await serve({
      harnesses: ["fake"],
      plugins: [fakePlugin()],
      tools: { local: [add, count], rename: { add: "sum" }, exclude: ["count"] },
    });
    const client = await connected(h2m);

    expect(await client.names()).toEqual(expect.arrayContaining(["sum", "echo"]));
    expect(await client.names()).not.toContain("count");
    expect(await client.text("sum", { a: 2, b: 3 })).toBe('{"sum":5}');
  });

  it("comes from a plugin too", async () => {
    const h2m = await serve({ plugins: [{ name: "mine", tools: [add] }] });

    expect((await h2m.sessions.open({}).tools()).map(({ name }) => name)).toEqual(["add"]);
  });

  it("streams what it yields, and gives what it returns", async () => {
    const told: string[] = [];
    const open = (await alone([count])).sessions.open({});

    const result = await open.call("count", { to: 3 }, { onProgress: (text) => told.push(text) });

    expect(told).toEqual(["at 1", "at 2", "at 3"]);
    expect(textOf(result)).toBe("done");
  });

  it.each<[string, unknown, string]>([
    ["a text", "yes", "yes"],
    ["nothing", undefined, ""],
    ["an object", { a: [1, 2n] }, '{"a":[1,"2"]}'],
    ["null", null, "null"],
    ["a function", () => {}, "() => {\n\t\t}"],
  ])("gives %s as text", async (_, given, text) => {
    const result = await (await session({ handler: () => given })).call("one", {});

    expect(textOf(result).replaceAll(/\s/g, "")).toBe(text.replaceAll(/\s/g, ""));
  });

  it("gives MCP's own result as it is", async () => {
    const content = [{ type: "image", data: "aaaa", mimeType: "image/png" }];
    const result = await (
      await session({ handler: () => ({ content, isError: true }) })
    ).call("one", {});

    expect(result).toEqual({ content, isError: true });
  });

  it.each<[string, Partial<LocalTool>]>([
    [
      "throws",
      {
        handler: () => {
          throw new Error("no wood today");
        },
      },
    ],
    [
      "rejects",
      {
        handler: async () => {
          throw new Error("no wood today");
        },
      },
    ],
    [
      "throws while it streams",
      {
        async *handler() {
          yield 1;
          throw new Error("no wood today");
        },
      },
    ],
  ])("that %s is a clear failure without a stack", async (_, tool) => {
    const result = await (await session(tool)).call("one", {});

    expect(result).toEqual({ isError: true, content: [{ type: "text", text: "no wood today" }] });
  });

  it.each<[string, unknown]>([
    ["null", null],
    ["an empty text", ""],
    ["an object", {}],
  ])("that throws %s fails in words too", async (_, thrown) => {
    const result = await (
      await session({
        handler: () => {
          throw thrown;
        },
      })
    ).call("one", {});

    expect(result.isError).toBe(true);
    expect(textOf(result).length).toBeGreaterThan(3);
  });

  it("says what does not fit, also what JSON Schema cannot say", async () => {
    const even = z.number().refine((n) => n % 2 === 0, "must be even");
    const open = await session({ input: z.object({ n: even }), handler: () => "ran" });

    expect(textOf(await open.call("one", { n: 3 }))).toBe(
      "The arguments do not fit: n: must be even",
    );
    expect(textOf(await open.call("one", { n: 4 }))).toBe("ran");
  });

  it("that gives what its output does not allow fails in words", async () => {
    const open = await session({
      output: z.object({ n: z.number() }),
      handler: () => ({ n: "x" }),
    });

    const result = await open.call("one", {});

    expect(result.isError).toBe(true);
    expect(textOf(result)).toContain("`one` gave what its own `output` does not allow: n:");
  });

  it.each<[string, LocalTool["handler"]]>([
    ["never ends", () => new Promise(() => {})],
    [
      "never yields",
      async function* () {
        await new Promise(() => {});
        yield "never";
      },
    ],
    [
      "yields for ever",
      async function* () {
        for (;;) {
          yield 1;
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
      },
    ],
  ])("that %s ends with its own time, and hears of it", async (_, handler) => {
    let given: AbortSignal | undefined;
    const open = await session({
      timeout: 100,
      handler: (args, context) => {
        given = context.signal;
        return handler(args, context);
      },
    });

    const result = await open.call("one", {});

    expect(textOf(result)).toBe("`one` gave no result within 0.1 s, the time that it has.");
    expect(given?.aborted).toBe(true);
  });

  it("hears that its call was cancelled, and that its server has no time for it", async () => {
    const signals: AbortSignal[] = [];
    const handler: LocalTool["handler"] = (_, { signal }) => {
      signals.push(signal);
      return new Promise(() => {});
    };
    const open = await session({ handler }, { timeouts: { call: 300 } });
    const control = new AbortController();
    const call = open.call("one", {}, { signal: control.signal });
    call.catch(() => {});
    await until("it runs", () => signals.length === 1);
    control.abort();

    expect(await failure(call)).toMatchObject({ code: "cancelled" });
    expect(await failure(open.call("one", {}))).toMatchObject({ code: "timeout" });
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
  });

  it("knows its session, its folder and its client's end", async () => {
    let seen: unknown;
    const open = await session({
      handler: (_, { session: own, cwd }) => void (seen = [own.harness, cwd]),
    });
    await open.call("one", {});

    expect(seen).toEqual(["project", process.cwd()]);
  });

  it.each<[string, Partial<LocalTool>, RegExp]>([
    ["no object", { input: z.string() }, /has an `input` that is no object/],
    [
      "what JSON cannot say",
      { input: z.object({ d: z.date() }) },
      /an `input` that JSON Schema cannot say/,
    ],
    [
      "an example that does not fit",
      { input: z.object({ n: z.number() }), examples: [{ n: "x" }] },
      /`examples\[0\]`, which does not fit: n/,
    ],
    ["no description", { description: "" }, /`tools.local\[0\]` \(`one`\) needs a `description`/],
    ["no name", { name: "a b" }, /needs a `name` of 1 to 128/],
    ["no schema of zod", { input: { type: "object" } as never }, /needs an `input` made by zod 4/],
    ["a bad time", { timeout: -1 }, /`timeout` that is no number/],
  ])("with %s is refused at the start", async (_, tool, message) => {
    expect((await failure(alone([one(tool)]))).message).toMatch(message);
  });

  it("has a name of its own, also beside plugins and known harnesses", async () => {
    expect((await failure(alone([add, add]))).message).toBe("The project has two tools `add`.");
    const clash = alone([one({ name: "Bash" })], { harnesses: ["claude"] });
    expect((await failure(clash)).message).toBe("claude and the project both have a tool `Bash`.");
  });
});

describe("folders of tools", () => {
  const source = (name: string, gives: string) => `
    import { defineTool } from "harness-to-mcp";
    import { z } from "zod";
    export default defineTool({
      name: "${name}", description: "Gives ${gives}.", input: z.object({}), handler: (): string => "${gives}",
    });`;

  async function folderOf(written: Record<string, string>): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), "h2m-tools-"));
    await mkdir(join(folder, "tools"), { recursive: true });
    for (const [name, text] of Object.entries(written))
      await writeFile(join(folder, "tools", name), text);
    return join(folder, "tools");
  }

  it("are loaded, each file one tool, with our own zod where they have none", async () => {
    const folder = await folderOf({
      "a.ts": source("alpha", "a"),
      "b.mjs": source("beta", "b").replace(": string", ""),
      "b.test.ts": "throw new Error('a test was loaded')",
      "_shared.ts": "throw new Error('a part was loaded')",
      "types.d.ts": "export {}",
      "notes.md": "no tool",
    });
    const open = (await alone([folder])).sessions.open({});

    expect((await open.tools()).map(({ name }) => name)).toEqual(["alpha", "beta"]);
    expect(textOf(await open.call("alpha", {}))).toBe("a");
  });

  it.each([
    ["that is not there", undefined, /There is no file or folder/],
    [
      "with a file that cannot be read",
      "export default {",
      /The tool file `.*a\.ts:1:16` cannot be loaded/,
    ],
    ["with a file that throws", "throw new Error('on purpose')", /on purpose/],
    ["with a file without a tool", "export const x = 1", /has no default export/],
    [
      "with a file of something else",
      "export default { name: 'x' }",
      /\(`x`\) needs a `description`/,
    ],
  ])("%s are told at the start", async (_, text, message) => {
    const folder = text === undefined ? "/nowhere/tools" : await folderOf({ "a.ts": text });

    expect((await failure(alone([folder]))).message).toMatch(message);
  });

  it("are read anew: clients are told, a broken file keeps its tool, one that is gone takes its tool along", async () => {
    const folder = await folderOf({ "a.ts": source("alpha", "one"), "b.ts": source("beta", "b") });
    const config = (): H2mConfig => ({ harnesses: [], tools: { local: [folder] } });
    const h2m = await serve(config());
    const client = await connected(h2m);
    await client.names();

    await writeFile(join(folder, "a.ts"), source("alpha", "two"));
    await writeFile(join(folder, "b.ts"), "export default {");
    await writeFile(join(folder, "c.ts"), source("gamma", "c"));
    await h2m.configure(config());

    await until("clients are told", () => client.changes() > 0);
    expect(await client.names()).toEqual(["alpha", "beta", "gamma"]);
    expect(await client.text("alpha")).toBe("two");
    expect(await client.text("beta")).toBe("b");

    await rm(join(folder, "a.ts"));
    await h2m.configure(config());
    expect(await client.names()).toEqual(["beta", "gamma"]);
  });

  it("are written by no tool, neither what is there nor what is not", async () => {
    const folder = await folderOf({ "a.ts": source("alpha", "one") });
    const h2m = await serve({
      harnesses: ["fake"],
      plugins: [fakePlugin({ tools: ["write"] })],
      tools: { local: [folder] },
    });
    const open = h2m.sessions.open({});

    for (const name of ["a.ts", "new.ts", "deep/er.ts"]) {
      const result = await open.call("write", { path: join(folder, name), text: "export {}" });
      expect(result.isError).toBe(true);
      expect(textOf(result)).toContain("steers h2m itself");
    }
    const beside = await open.call("write", { path: join(folder, "../free.txt"), text: "x" });
    expect(textOf(beside)).not.toContain("steers");
  });

  it("that bring a name twice, or one that no schema fits, change nothing", async () => {
    const folder = await folderOf({ "a.ts": source("alpha", "one") });
    const config = (): H2mConfig => ({ harnesses: [], tools: { local: [folder] } });
    const h2m = await serve(config());
    await writeFile(join(folder, "b.ts"), source("alpha", "other"));

    expect(await failure(h2m.configure(config()))).toMatchObject({ code: "name-clash" });
    expect(textOf(await h2m.sessions.open({}).call("alpha", {}))).toBe("one");
  });
});
