import { beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { Ranking } from "../../../plugins/search/ranking.ts";
import { stem, wordsOf } from "../../../plugins/search/words.ts";
import {
  defineTool,
  type H2mConfig,
  type HookEvents,
  textOf,
  type Tool,
} from "../../../src/plugin.ts";
import { fakePlugin } from "../../../src/testing.ts";
import { ERAS } from "../../helpers/clients.ts";
import { connected, serve, serveFake } from "../../helpers/server.ts";
import { failure } from "../../helpers/until.ts";

const THREE = ["search_tools", "describe_tool", "call_tool"];
const call = (name: string, args: object = {}) => ({ name, arguments: args });
const exposed = (config: H2mConfig = {}) => serveFake({}, { expose: "search", ...config });

const shadow = defineTool({
  name: "search_tools",
  description: "Tells secrets.",
  input: z.object({}),
  handler: () => "the inner one",
});

describe('`expose: "search"`', () => {
  it.each(ERAS)(
    "shows three tools, by which the others are found, told of and called (%s)",
    async (era) => {
      const client = await connected(await exposed(), "", era);

      expect(await client.names()).toEqual(THREE);
      const found = await client.call("search_tools", { query: "give the text back" });
      expect(found.structuredContent).toMatchObject({
        total: expect.any(Number),
        tools: expect.arrayContaining([
          expect.objectContaining({ name: "echo", required: ["text"] }),
        ]),
      });
      expect(textOf(found)).toContain("echo (text): ");
      expect(JSON.parse(await client.text("describe_tool", { name: "echo" }))).toMatchObject({
        name: "echo",
        inputSchema: { required: ["text"] },
      });
      expect(await client.text("call_tool", call("echo", { text: "hello" }))).toBe("hello");
      expect(client.instructions()).toContain("`search_tools`");
    },
  );

  it("lists them before the harness is there", async () => {
    const [fake] = fakePlugin().harnesses ?? [];
    const detect = () => new Promise<undefined>(() => {});
    const plugins = [{ ...fakePlugin(), harnesses: [{ ...fake!, name: "slow", detect }] }];
    const client = await connected(
      await serve({ harnesses: ["slow"], plugins, expose: "search", timeouts: { shutdown: 200 } }),
    );

    expect(await client.names()).toEqual(THREE);
  });

  it("lets no other name be called", async () => {
    const client = await connected(await exposed());

    const error = await failure(client.call("echo", { text: "x" }));

    expect(error.message).toContain("Tools are called by `call_tool` here");
  });

  it("says of a name that is none, or of arguments that do not fit, what they should be", async () => {
    const client = await connected(await exposed());

    expect(await client.text("call_tool", call("ecco"))).toContain("Did you mean `echo`?");
    expect(await client.text("describe_tool", { name: "__proto__" })).toContain(
      "There is no tool `__proto__`",
    );
    expect(await client.text("call_tool", call("echo", {}))).toContain("`text` is missing");
    expect(await client.text("call_tool", { name: 3 })).toContain("`name` must be");
    expect(await client.text("call_tool", { name: "echo", arguments: "x" })).toContain(
      "`arguments` must be an object",
    );
    expect(await client.text("search_tools", {})).toContain("`query` must be a text");
    expect(await client.text("search_tools", { query: "x", limit: 0 })).toContain(
      "`limit` must be",
    );
  });

  it.each(ERAS)(
    "lets the rules, the person, and the audit see the inner tool (%s)",
    async (era) => {
      const h2m = await exposed({ tools: { confirm: ["echo"], exclude: ["pid"] } });
      const ended: Parameters<HookEvents["call:end"]>[0][] = [];
      h2m.on("call:end", (event) => ended.push(event));
      const asked: string[] = [];
      const person = async ({ message }: { message: string }) => {
        asked.push(message);
        return { action: asked.length === 1 ? ("accept" as const) : ("decline" as const) };
      };
      const client = await connected(h2m, "", era, { person });

      expect(await client.text("call_tool", call("echo", { text: "hello" }))).toBe("hello");
      expect(await client.text("call_tool", call("echo", { text: "no" }))).toContain("declined");
      expect(await client.text("call_tool", call("pid"))).toContain("There is no tool `pid`");

      expect(asked[0]).toContain("Run `echo`");
      expect(ended.map(({ name, sent }) => [name, sent.length])).toEqual([
        ["echo", 1],
        ["echo", 0],
        ["pid", 0],
      ]);
    },
  );

  it("hands on progress, cancellation and what was too large", async () => {
    const client = await connected(await exposed({ tools: { limits: { maxResultBytes: 1_000 } } }));
    const control = new AbortController();
    const running = client.call("call_tool", call("slow", { ms: 60_000, text: "x" }), {
      signal: control.signal,
    });
    control.abort();
    await failure(running);

    await client.call("call_tool", call("echo", { text: "x".repeat(5_000) }));
    const [uri = ""] = await client.resources();
    expect(await client.read(uri)).toContain("x".repeat(5_000));
  });

  it("reaches what has its own tools' names by `call_tool` alone", async () => {
    const client = await connected(await serve({ expose: "search", tools: { local: [shadow] } }));

    expect(await client.names()).toEqual(THREE);
    expect(await client.text("call_tool", call("search_tools"))).toBe("the inner one");
    expect(await client.text("search_tools", { query: "secrets" })).toContain("Tells secrets.");
  });

  it("finds what has come since", async () => {
    const tool = (name: string) =>
      defineTool({ name, description: `Does ${name}.`, input: z.object({}), handler: () => name });
    const config = (...names: string[]): H2mConfig => ({
      expose: "search",
      tools: { local: names.map(tool) },
    });
    const h2m = await serve(config("walk"));
    const client = await connected(h2m);
    expect(await client.text("search_tools", { query: "dance" })).toContain("Nothing was found");

    await h2m.configure(config("walk", "dance"));

    expect(await client.text("search_tools", { query: "dance" })).toContain("dance: Does dance.");
    expect(await client.text("call_tool", call("dance"))).toBe("dance");
  });

  it("holds for several harnesses as one", async () => {
    const plugins = [fakePlugin({ name: "uno" }), fakePlugin({ name: "duo" })];
    const client = await connected(
      await serve({ harnesses: ["uno", "duo"], plugins, expose: "search" }),
    );

    expect(await client.names()).toEqual(THREE);
    expect(await client.text("search_tools", { query: "duo echo" })).toMatch(/^duo_echo/);
    expect(await client.text("call_tool", call("duo_echo", { text: "x" }))).toBe("x");
  });
});

it("a view of a plugin that throws shows what is below it, and is told with its name", async () => {
  const view = () => {
    throw new TypeError("thrown on purpose");
  };
  const h2m = await serve({ plugins: [{ name: "blind", view }], tools: { local: [shadow] } });
  const errors: string[] = [];
  h2m.on("error", ({ error }) => errors.push(error.message));

  expect(await (await connected(h2m)).names()).toEqual(["search_tools"]);
  expect(errors).toEqual([expect.stringContaining("The plugin `blind` failed in `view`")]);
});

describe("the ranking", () => {
  const tool = (name: string, description = "", properties: object = {}): Tool => ({
    name,
    description,
    inputSchema: { type: "object", properties } as Tool["inputSchema"],
  });
  let ranking: Ranking;
  const first = (query: string) => ranking.search(query, 3).map(({ name }) => name);
  beforeEach(() => {
    ranking = new Ranking([
      tool("github_createPullRequest", "Opens a pull request.", {
        base_branch: { type: "string" },
      }),
      tool("HTTPFetch", "Downloads a page."),
      tool("run_shell", "Executes a command."),
      tool("paint", "", { watercolour: { type: "string", description: "the hue" } }),
    ]);
  });

  it.each([
    ["pull request", "github_createPullRequest"],
    ["pulls", "github_createPullRequest"],
    ["fetch", "HTTPFetch"],
    ["http", "HTTPFetch"],
    ["github", "github_createPullRequest"],
    ["bash", "run_shell"],
    ["running commands", "run_shell"],
    ["branch", "github_createPullRequest"],
    ["hue", "paint"],
    ["downlaod page", "HTTPFetch"],
  ])("finds by words, parts of names, arguments, kin and slips: %s", (query, name) => {
    expect(first(query)[0]).toBe(name);
  });

  it.each([
    "",
    "   ",
    "the of a",
    "?!",
    "x".repeat(100_000),
    "a ".repeat(50_000),
    "__proto__ constructor",
    "\u202E\u0000",
  ])("takes any question", (query) => {
    expect(Array.isArray(first(query))).toBe(true);
  });

  it("holds ten thousand tools, also of odd names", () => {
    const many = Array.from({ length: 10_000 }, (_, i) => tool(`tool_${i}`, `Does thing ${i}.`));
    ranking = new Ranking([
      ...many,
      tool("__proto__", "Odd."),
      tool("constructor"),
      tool("rare_bird", "Sings."),
    ]);

    expect(first("rare bird")[0]).toBe("rare_bird");
    expect(first("odd")[0]).toBe("__proto__");
  });

  it("takes words apart", () => {
    expect(wordsOf("parseHTTPResponse_v2-fast")).toEqual([
      "parse",
      "http",
      "response",
      "v2",
      "fast",
    ]);
    expect(
      ["running", "runs", "edited", "editing", "files", "boxes", "classes", "bus"].map(stem),
    ).toEqual(["run", "run", "edit", "edit", "fil", "box", "class", "bus"]);
  });
});
