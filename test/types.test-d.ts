import { describe, expectTypeOf, it } from "vitest";
import {
  type ApiAdapter,
  type CallToolResult,
  createH2m,
  defineApiAdapter,
  defineConfig,
  defineHarness,
  definePlugin,
  defineToolMapper,
  type H2m,
  type H2mConfig,
  type HarnessLauncher,
  type Plugin,
  type Tool,
  type ToolMapper,
  type Turn,
} from "../src/index.ts";

declare const launcher: HarnessLauncher;
declare const adapter: ApiAdapter;
declare const turn: Turn;

describe("defineConfig", () => {
  it("takes every key of the config, and no other", () => {
    const config = defineConfig({
      harnesses: { claude: { model: "x", env: { KEY: undefined } } },
      plugins: [false, null, { name: "mine" }],
      tools: { exclude: ["Web*"], rename: { Bash: "shell" } },
      instructions: false,
      timeouts: { call: 1 },
      server: { port: 0, auth: false },
    });
    expectTypeOf(config).toEqualTypeOf<H2mConfig>();
    expectTypeOf(defineConfig({ harnesses: ["claude"] })).toEqualTypeOf<H2mConfig>();

    defineConfig({
      tools: {
        prefix: "repo_",
        args: { Bash: { pin: { timeout: 1 }, hide: ["unsafe"], default: { why: "run" } } },
        annotations: { Bash: { title: "Shell", readOnlyHint: false } },
        readOnly: true,
        portable: false,
      },
      profiles: { review: { harnesses: ["claude"], tools: { readOnly: true } } },
    });
    // @ts-expect-error: a profile has no profiles
    defineConfig({ profiles: { review: { profiles: {} } } });
    // @ts-expect-error: an unknown key of a profile
    defineConfig({ profiles: { review: { tools: { exlude: [] } } } });
    // @ts-expect-error: arguments have three keys
    defineConfig({ tools: { args: { Bash: { pinn: {} } } } });
    // @ts-expect-error: what is hidden is a list
    defineConfig({ tools: { args: { Bash: { hide: { timeout: 1 } } } } });
    // @ts-expect-error: a hint is true or false
    defineConfig({ tools: { annotations: { Bash: { readOnlyHint: "yes" } } } });
    // @ts-expect-error: an unknown key
    defineConfig({ harneses: [] });
    // @ts-expect-error: a key of the wrong type
    defineConfig({ server: { port: "9330" } });
    // @ts-expect-error: none of the three values
    defineConfig({ instructions: "long" });
    // @ts-expect-error: `true` is no plugin
    defineConfig({ plugins: [true] });
  });

  it("takes plugins by name or path, and functions that make them with their options", () => {
    const needy = definePlugin((options: { port: number }) => ({ name: `${options.port}` }));
    const easy = definePlugin((options: { port?: number }) => ({ name: `${options.port}` }));
    defineConfig({ plugins: ["h2m-plugin-mine", ["./mine.ts", { port: 1 }], easy] });
    defineConfig({ plugins: [[needy, { port: 1 }], needy({ port: 1 })] });

    // @ts-expect-error: without a pair it gets no port
    defineConfig({ plugins: [needy] });
    // @ts-expect-error: the options are missing
    defineConfig({ plugins: [["./mine.ts"]] });
    // @ts-expect-error: a version is a number
    definePlugin({ name: "mine", apiVersion: "1" });
  });
});

describe("definePlugin", () => {
  it("keeps what it is given", () => {
    const plugin = definePlugin({ name: "mine", harnesses: [launcher] });

    expectTypeOf(plugin).toExtend<Plugin>();
    expectTypeOf(plugin.name).toEqualTypeOf<"mine">();
    // @ts-expect-error: a plugin has a name
    definePlugin({ harnesses: [launcher] });
    // @ts-expect-error: a launcher is no adapter
    definePlugin({ name: "mine", apis: [launcher] });
  });

  it("takes a function of options, and keeps their types", () => {
    const plugin = definePlugin((options: { port: number }, name?: string) => ({
      name: name ?? `mine-${options.port}`,
    }));

    expectTypeOf(plugin).parameters.toEqualTypeOf<[options: { port: number }, name?: string]>();
    expectTypeOf(plugin({ port: 1 })).toExtend<Plugin>();
    // @ts-expect-error: the option is missing
    plugin({});
    // @ts-expect-error: a function must give a plugin
    definePlugin(() => ({ nome: "mine" }));
  });

  it("types what `setup` gets and gives", () => {
    definePlugin({
      name: "mine",
      setup(h2m) {
        expectTypeOf(h2m.version).toEqualTypeOf<string>();
        h2m.on("call:end", ({ ms, result }) => {
          expectTypeOf(ms).toEqualTypeOf<number>();
          expectTypeOf(result).toEqualTypeOf<CallToolResult | undefined>();
        });
        // @ts-expect-error: there is no such event
        h2m.on("call:middle", () => {});
        return () => {};
      },
    });
    // @ts-expect-error: a teardown is a function
    definePlugin({ name: "mine", setup: () => "done" });
  });
});

describe("defineHarness", () => {
  it("types a launcher from the contract", () => {
    const harness = defineHarness({
      name: "mine",
      api: "messages",
      detect: () => undefined,
      prepare: ({ install, origin, token }) => {
        expectTypeOf(origin).toEqualTypeOf<string>();
        return {
          command: install.command,
          args: ["--url", origin],
          env: { KEY: token, HOME: undefined },
        };
      },
      drive: (host) => {
        host.onLine((line) => expectTypeOf(line).toEqualTypeOf<string>());
        return { seats: 1, open: async (seat) => host.bind(seat.id, "main") };
      },
      recognize: (headers) => (headers.has("x-mine") ? { conversation: "main" } : undefined),
    });

    expectTypeOf(harness).toEqualTypeOf<HarnessLauncher>();
    // @ts-expect-error: `prepare` is missing
    defineHarness({ name: "mine", api: "messages", detect: () => undefined });
    defineHarness({
      ...harness,
      // @ts-expect-error: a launch is data, never a promise of data
      prepare: async () => ({ command: "x", args: [] }),
    });
  });
});

describe("defineApiAdapter", () => {
  it("types an adapter from the contract", () => {
    const mine = defineApiAdapter({
      name: "mine",
      path: "/v1/mine",
      parse: (body) => {
        expectTypeOf(body).toEqualTypeOf<unknown>();
        return turn;
      },
      encoder: (request) => {
        expectTypeOf(request).toEqualTypeOf<Turn>();
        return adapter.encoder(request);
      },
      error: (error) => ({ message: error.text, code: error.code }),
    });

    expectTypeOf(mine).toEqualTypeOf<ApiAdapter>();
    // @ts-expect-error: the encoder is missing
    defineApiAdapter({ name: "mine", path: "/", parse: () => turn, error: String });
    // @ts-expect-error: a turn lacks almost everything
    defineApiAdapter({ ...mine, parse: () => ({ id: "1" }) });
  });
});

describe("defineToolMapper", () => {
  it("types both ways through the onion", () => {
    const mapper = defineToolMapper({
      name: "mine",
      list: (tools) => tools.filter(({ name }) => name !== "x"),
      call: async (call, next, { signal, session, tools }) => {
        expectTypeOf(tools).toEqualTypeOf<readonly Tool[]>();
        expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
        expectTypeOf(session.harness).toEqualTypeOf<string>();
        const result = await next({ ...call, name: call.name.toLowerCase() });
        expectTypeOf(result).toEqualTypeOf<CallToolResult>();
        return result;
      },
    });

    expectTypeOf(mapper).toEqualTypeOf<ToolMapper>();
    // @ts-expect-error: a result is no text
    defineToolMapper({ name: "mine", call: () => "text" });
    // @ts-expect-error: a list is no promise
    defineToolMapper({ name: "mine", list: async (tools) => tools });
  });
});

describe("createH2m", () => {
  it("gives what the library promises", () => {
    expectTypeOf(createH2m).returns.resolves.toEqualTypeOf<H2m>();
    expectTypeOf(createH2m).toBeCallableWith({}, { profile: "readonly", http: false });
    expectTypeOf<H2m>().toHaveProperty("mcpUrl").toEqualTypeOf<string>();
    expectTypeOf<H2m["token"]>().toEqualTypeOf<string | undefined>();
  });
});

describe("the facts of a launcher", () => {
  it("have the type that detect returns, in prepare and drive", () => {
    defineHarness({
      name: "elm",
      api: "messages",
      detect: async () => ({ command: "/bin/elm", facts: { models: ["oak"] } }),
      prepare: ({ install }) => {
        expectTypeOf(install.facts).toEqualTypeOf<{ models: string[] } | undefined>();
        return { command: install.command, args: install.facts?.models ?? [] };
      },
      drive: ({ context }) => {
        expectTypeOf(context.install.facts).toEqualTypeOf<{ models: string[] } | undefined>();
        return { seats: 1, open: async () => {} };
      },
    });
  });

  it("are no part of what others wrap", () => {
    const elm = defineHarness({
      name: "elm",
      api: "messages",
      detect: () => ({ command: "/bin/elm", facts: 1 }),
      prepare: ({ install }) => ({ command: install.command, args: [] }),
    });
    expectTypeOf(elm).toEqualTypeOf<HarnessLauncher>();
    defineHarness({ ...elm, prepare: (context) => elm.prepare(context) });
  });
});
