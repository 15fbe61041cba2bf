import { describe, expect, it } from "vitest";
import { differences, lockOf, inWords } from "../../src/core/tools/lock.ts";
import type { H2mConfig, Lock, Tool } from "../../src/index.ts";
import { type FakeOptions, fakePlugin } from "../../src/testing.ts";
import { connected, serve } from "../helpers/server.ts";
import { failure } from "../helpers/until.ts";

type Schema = Record<string, unknown>;

describe("the differences of two lists", () => {
  it("are none for the same schemas, whatever the order of keys, tools and required names", () => {
    const one = list({ a: schema({ x: { type: "string" }, y: {} }, ["x", "y"]), b: schema({}) });
    const other = list({ b: schema({}), a: schema({ y: {}, x: { type: "string" } }, ["y", "x"]) });

    expect(between(one, one)).toEqual([]);
    expect(differences(lockOf(one, "1"), lockOf(other, "2"))).toEqual([]);
  });

  it.each<[string, Schema, Schema, string]>([
    ["a new argument", schema({}), schema({ x: {} }), "`x` is new"],
    ["one that is gone", schema({ x: {} }), schema({}), "`x` is gone"],
    [
      "another type",
      schema({ x: { type: "string" } }),
      schema({ x: { type: "number" } }),
      "`x` has another schema",
    ],
    [
      "another text",
      schema({ x: { type: "string", description: "a" } }),
      schema({ x: { type: "string", description: "b" } }),
      "`x` has another description",
    ],
    [
      "an argument inside that is called like a text",
      schema({ x: { type: "object", properties: { title: { type: "string" } } } }),
      schema({ x: { type: "object", properties: { title: { type: "number" } } } }),
      "`x` has another schema",
    ],
    [
      "another default, which is no schema",
      schema({ x: { default: { title: "a" } } }),
      schema({ x: { default: { title: "b" } } }),
      "`x` has another schema",
    ],
    ["a requirement", schema({ x: {} }), schema({ x: {} }, ["x"]), "`x` is required"],
    ["none any more", schema({ x: {} }, ["x"]), schema({ x: {} }), "`x` is not required any more"],
    [
      "what stands beside the arguments",
      schema({}),
      { ...schema({}), additionalProperties: false },
      "another schema",
    ],
  ])("name %s", (_, before, after, expected) => {
    expect(between(list({ a: before }), list({ a: after }))).toEqual([`~ a: ${expected}`]);
  });

  it("name tools that are new or gone, also by names that every object has", () => {
    const before = list({ a: schema({}), b: schema({}) });
    const after = list({ b: schema({}), constructor: schema({}) });

    expect(between(before, after)).toEqual(["- a", "+ constructor"]);
  });
});

describe("a server with a lock", () => {
  it("serves what the lock has", async () => {
    const h2m = await locked({}, await lockNow());
    const client = await connected(h2m);

    expect(await client.names()).toContain("echo");
    expect(await client.text("echo", { text: "x" })).toBe("x");
  });

  it("refuses lists and calls of another list, and says what is different and what to do", async () => {
    const lock = await lockNow();
    const h2m = await locked({ api: "responses", tools: ["patch"] }, lock);
    const client = await connected(h2m);

    const asked = await failure(client.names());
    const called = await failure(client.text("echo", { text: "x" }));

    for (const { message } of [asked, called]) {
      expect(message).toContain("The tools of `fake` are not those of the lock: ");
      expect(message).toContain("+ patch");
      expect(message).toContain("Look at `h2m diff`");
    }
  });

  it("refuses what the config shows in another way", async () => {
    const lock = await lockNow();
    const h2m = await locked({}, lock, { tools: { exclude: ["pid"] } });

    const error = await failure(h2m.sessions.open({}).tools());

    expect(error).toMatchObject({ code: "list-changed" });
    expect(error.message).toContain("- pid");
  });

  it("refuses a harness that the lock does not have", async () => {
    const h2m = await locked({}, { format: 1, harnesses: {} });

    const error = await failure(h2m.sessions.open({}).tools());

    expect(error.message).toContain("The lock has no tools of `fake`");
  });

  it("shows no part of several harnesses if one of them has changed", async () => {
    const { harnesses } = await lockNow();
    const { fake } = harnesses;
    if (!fake) throw new Error("The lock has the fake.");
    const lock: Lock = { format: 1, harnesses: { uno: fake, duo: { tools: {} } } };
    const plugins = [fakePlugin({ name: "uno" }), fakePlugin({ name: "duo" })];
    const h2m = await serve({ harnesses: ["uno", "duo"], plugins }, { lock });
    const union = h2m.sessions.open({});

    expect((await failure(union.tools())).message).toContain("The tools of `duo` are not those");
    expect(await failure(union.call("duo_echo", { text: "x" }))).toMatchObject({
      code: "list-changed",
    });
    expect((await union.call("uno_echo", { text: "x" })).content).toEqual([
      { type: "text", text: "x" },
    ]);
  });
});

function locked(fake: FakeOptions, lock: Lock, config: H2mConfig = {}) {
  return serve({ harnesses: ["fake"], plugins: [fakePlugin(fake)], ...config }, { lock });
}

/** A lock of what the fake harness lists. */
async function lockNow(): Promise<Lock> {
  const h2m = await serve({ harnesses: ["fake"], plugins: [fakePlugin()] });
  const tools = await h2m.sessions.open({}).tools();
  return { format: 1, harnesses: { fake: lockOf(tools, "1.2.3") } };
}

function between(before: readonly Tool[], after: readonly Tool[]): string[] {
  return differences(lockOf(before, "1"), lockOf(after, "1")).map(inWords);
}

function schema(properties: Schema, required: string[] = []): Schema {
  return { type: "object", properties, required };
}

function list(schemas: Record<string, Schema>): Tool[] {
  return Object.entries(schemas).map(
    ([name, inputSchema]) => ({ name, inputSchema }) as unknown as Tool,
  );
}
