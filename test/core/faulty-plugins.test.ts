import { describe, expect, it } from "vitest";
import { messages } from "../../plugins/messages/index.ts";
import {
  type ApiAdapter,
  definePlugin,
  type H2m,
  type H2mConfig,
  type HarnessLauncher,
  type Plugin,
  type ReplyEncoder,
} from "../../src/index.ts";
import { fakeLauncher, fakePlugin } from "../../src/testing.ts";
import { attached } from "../helpers/attached.ts";
import { connected, serve, temporaryFiles } from "../helpers/server.ts";
import { failure, lives, until } from "../helpers/until.ts";

const broken = (): never => {
  throw new TypeError("it is broken");
};

/** The messages API, brought by the plugin `mine` in place of the built-in one. */
const api = (change: Partial<ApiAdapter>): Plugin =>
  definePlugin({ name: "mine", apis: [{ ...messages, ...change }] });

const encoder = (change: Partial<ReplyEncoder>): Plugin =>
  api({ encoder: (turn) => ({ ...messages.encoder(turn), ...change }) });

const harness = (change: Partial<HarnessLauncher>): Plugin =>
  definePlugin({ name: "mine", harnesses: [{ ...fakeLauncher({ driver: true }), ...change }] });

function errorsOf(h2m: H2m): string[] {
  const errors: string[] = [];
  h2m.on("error", ({ error }) => void errors.push(error.message));
  return errors;
}

describe("a plugin that throws is named to whoever called for it:", () => {
  it.each<[string, Plugin, string]>([
    [
      "a mapper's call",
      { name: "mine", mappers: [{ name: "m", call: broken }] },
      "The plugin `mine` failed in `call` of the mapper `m`: it is broken",
    ],
    [
      "a mapper's call, later",
      { name: "mine", mappers: [{ name: "m", call: async () => broken() }] },
      "The plugin `mine` failed in `call` of the mapper `m`: it is broken",
    ],
    [
      "a mapper's list",
      { name: "mine", mappers: [{ name: "m", list: broken }] },
      "The plugin `mine` failed in `list` of the mapper `m`: it is broken",
    ],
    [
      "the calls of an API",
      encoder({ calls: broken }),
      "The plugin `mine` failed in `calls` of the API `messages`: it is broken",
    ],
    [
      "the search for a harness",
      harness({ detect: broken }),
      "The plugin `mine` failed in `detect` of the harness `fake`: it is broken",
    ],
    [
      "the launch of a harness",
      harness({ prepare: broken }),
      "The plugin `mine` failed in `prepare` of the harness `fake`: it is broken",
    ],
    [
      "the driver of a harness",
      harness({ drive: (): never => broken() }),
      "The plugin `mine` failed in `drive` of the harness `fake`: it is broken",
    ],
    [
      "the opening of a seat",
      harness({ drive: () => ({ seats: 1, open: async () => broken() }) }),
      "The plugin `mine` failed in `open` of the harness `fake`: it is broken",
    ],
  ])("%s", async (_, plugin, message) => {
    const h2m = await serve({
      harnesses: ["fake"],
      plugins: [fakePlugin({ driver: true }), plugin],
    });
    const client = await connected(h2m);

    expect((await failure(client.call("echo", { text: "x" }))).message).toContain(message);
    expect((await fetch(new URL("/health", h2m.mcpUrl))).status).toBe(200);
  });

  it.each<[string, Plugin, string]>([
    ["the reading of a request", api({ parse: broken }), "`parse` of the API `messages`"],
    ["the refining of a turn", harness({ refine: broken }), "`refine` of the harness `fake`"],
    ["a reply in one piece", encoder({ json: broken }), "`json` of the API `messages`"],
    ["the beginning of a reply", encoder({ begin: broken }), "`begin` of the API `messages`"],
  ])("%s", async (what, plugin, message) => {
    const h2m = await serve({ plugins: [fakePlugin(), plugin] });
    const stream = !what.includes("one piece");
    const it_ = attached(h2m, { headers: { "x-fake-conversation": "one" } });

    const response = await it_.post(JSON.stringify(it_.body({ stream, tools: [] })));

    expect(response.status).toBe(500);
    expect(await response.text()).toContain(`The plugin \`mine\` failed in ${message}`);
  });
});

describe("a plugin that throws fails nothing else:", () => {
  it("not the server, where a sign of life cannot be written", async () => {
    const h2m = await serve({
      heartbeat: 20,
      plugins: [encoder({ heartbeat: broken })],
    });
    const errors = errorsOf(h2m);
    const harness_ = attached(h2m);

    const response = await harness_.post(JSON.stringify(harness_.body()));

    // The reply ends: the harness sees that nothing comes of it.
    expect(await response.text()).toContain("message_start");
    expect(errors).toEqual([
      "The plugin `mine` failed in `heartbeat` of the API `messages`: it is broken",
    ]);
    expect((await fetch(new URL("/health", h2m.mcpUrl))).status).toBe(200);
  });

  it("not the other harnesses, where it does not recognize requests", async () => {
    const broken_ = { ...fakeLauncher({ name: "broken" }), recognize: broken };
    const h2m = await serve({
      plugins: [definePlugin({ name: "mine", harnesses: [broken_] }), fakePlugin()],
    });
    const errors = errorsOf(h2m);
    const harness_ = attached(h2m, { headers: { "x-fake-conversation": "one" } });
    const reply = await harness_.post(JSON.stringify(harness_.body()));
    const client = await connected(h2m);

    expect(await client.names()).toContain("echo");
    expect(h2m.sessions.list()[0]?.info().harness).toBe("fake");
    expect(errors[0]).toBe(
      "The plugin `mine` failed in `recognize` of the harness `broken`: it is broken",
    );
    await reply.body?.cancel();
  });

  it("not the other listeners, neither at once nor later", async () => {
    const heard: string[] = [];
    const h2m = await serve({
      harnesses: ["fake"],
      plugins: [
        fakePlugin({ driver: true }),
        definePlugin({
          name: "mine",
          setup: ({ on }) => {
            on("call:start", () => broken());
            on("call:start", async () => {
              await Promise.resolve();
              throw new Error("it is broken later");
            });
            on("call:start", ({ name }) => void heard.push(name));
          },
        }),
      ],
    });
    const errors = errorsOf(h2m);
    const client = await connected(h2m);

    expect(await client.text("echo", { text: "fine" })).toBe("fine");
    await until("both errors", () => errors.length === 2);
    const where = "The plugin `mine` failed in `call:start` of its listeners";
    expect(errors).toEqual([`${where}: it is broken`, `${where}: it is broken later`]);
    expect(heard).toEqual(["echo"]);
  });

  it("not the end, where it cannot be taken down", async () => {
    const ended: string[] = [];
    const h2m = await serve({
      plugins: [
        definePlugin({ name: "first", setup: () => () => void ended.push("first") }),
        definePlugin({ name: "mine", setup: () => broken }),
        definePlugin({ name: "slow", setup: () => async () => broken() }),
        definePlugin({ name: "last", setup: () => () => void ended.push("last") }),
      ],
    });
    const errors = errorsOf(h2m);

    await h2m.close();

    expect(ended).toEqual(["last", "first"]);
    expect(errors.toSorted()).toEqual([
      "The plugin `mine` could not be taken down: it is broken",
      "The plugin `slow` could not be taken down: it is broken",
    ]);
  });
});

it("a plugin that cannot be set up ends the start, and what was set up before it is taken down", async () => {
  const ended: string[] = [];
  const first = definePlugin({ name: "first", setup: () => () => void ended.push("first") });

  const error = await failure(serve({ plugins: [first, { name: "mine", setup: broken }] }));

  expect(error).toMatchObject({
    code: "bad-config",
    message: "The plugin `mine` could not be set up: it is broken",
  });
  expect(ended).toEqual(["first"]);
});

it.each<[string, (port: number) => H2mConfig, string]>([
  ["a port that is taken", (port) => ({ server: { port } }), "port-taken"],
  ["a plugin after it", () => ({ plugins: [{ name: "last", setup: broken }] }), "bad-config"],
])("what was set up is taken down when %s ends the start", async (_, config, code) => {
  const { port } = new URL((await serve()).mcpUrl);
  const ended: string[] = [];
  let later: (() => unknown) | undefined;
  const first = definePlugin({
    name: "first",
    setup: ({ sessions }) => {
      sessions.open({ name: "one" }).on("close", (reason) => void ended.push(reason));
      later = () => sessions.open({ name: "two" });
      return () => void ended.push("first");
    },
  });
  const given = config(Number(port));
  const plugins = [harness({}), first, ...(given.plugins ?? [])];

  const error = await failure(serve({ harnesses: ["fake"], ...given, plugins }));

  expect(error.code).toBe(code);
  expect(ended).toEqual(["first", "the server is stopping"]);
  // What it kept of the server that never was opens nothing any more.
  expect(later).toThrow("The server is stopping");
});

it("a part of a plugin keeps its own object, what changes in it, and its kind of freezing", async () => {
  class Driver {
    #seats = 0;
    get seats() {
      return (this.#seats += 1);
    }
  }
  const { owned } = await import("../../src/core/plugins/owners.ts");
  const part = owned("mine", "a part", Object.freeze(new Driver()));

  expect([part.seats, part.seats]).toEqual([1, 2]);
  expect({ ...part }).toEqual({ seats: 3 });
});

it("a driver that throws at once leaves neither its process nor its folder", async () => {
  const prepare = () => ({ command: "sleep", args: ["600"] });
  const plugins = [harness({ prepare, drive: () => broken() })];
  const h2m = await serve({ harnesses: ["fake"], plugins });
  const pids: number[] = [];
  h2m.on("host:start", ({ pid }) => pids.push(pid));
  const client = await connected(h2m);

  await failure(client.names());

  await until("its process is gone", () => pids.length > 0 && !pids.some(lives));
  await until("its folder is gone", () => temporaryFiles().length === 0);
});
