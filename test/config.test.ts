import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, expectTypeOf, it } from "vitest";
import { configWithProfile, resolveConfig } from "../src/config.ts";
import { DEFAULTS } from "../src/config/schema/defaults.ts";
import { loadConfigFile } from "../src/config/files/load.ts";
import { KEYS } from "../src/config/schema/schema.ts";
import { warnUnmatched } from "../src/config/schema/unmatched.ts";
import { argumentProblems, unfitValues } from "../src/config/schema/unmatched-arguments.ts";
import { Hooks } from "../src/core/plugins/hooks.ts";
import * as library from "../src/plugin.ts";
import type { H2mConfig } from "../src/types/config.ts";
import type { Tool } from "../src/types/mcp.ts";
import { emptyFolder, put } from "./helpers/cli.ts";
import { failure, until } from "./helpers/until.ts";

let folder: string;
beforeEach(async () => {
  folder = await emptyFolder();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** What is said of a config that is wrong. */
function complaint(config: unknown): string {
  try {
    resolveConfig(config as H2mConfig, folder);
  } catch (error) {
    expect(error).toMatchObject({ name: "H2mError", code: "bad-config" });
    return (error as Error).message;
  }
  throw new Error("The config was taken.");
}

describe("a config", () => {
  it("without any key has the documented defaults", () => {
    expect(resolveConfig({}, folder)).toEqual({ ...DEFAULTS, cwd: folder });
  });

  it("keeps the defaults of a section's other keys, and takes undefined for left out", () => {
    const { server, timeouts } = resolveConfig(
      { server: { port: 1234, token: undefined }, timeouts: { call: undefined } },
      folder,
    );

    expect(server).toEqual({ ...DEFAULTS.server, port: 1234 });
    expect(timeouts).toEqual(DEFAULTS.timeouts);
  });

  it("takes names of harnesses, or names with options, in their order", () => {
    expect(Object.keys(resolveConfig({ harnesses: ["codex", "claude"] }).harnesses)).toEqual([
      "codex",
      "claude",
    ]);
    const { harnesses } = resolveConfig({ harnesses: { claude: { model: "m" } } }, folder);
    expect(harnesses).toEqual({ claude: { model: "m", command: undefined, cwd: folder } });
  });

  it("reads paths from the folder of its file, and leaves bare commands to PATH", async () => {
    await mkdir(join(folder, "work"));
    const { cwd, harnesses } = resolveConfig(
      {
        cwd: "work",
        harnesses: {
          a: { command: "bin/a", cwd: "." },
          b: { command: "b" },
          c: { command: "./c" },
        },
      },
      folder,
    );

    expect(cwd).toBe(join(folder, "work"));
    expect(harnesses["a"]).toMatchObject({ command: join(folder, "bin/a"), cwd: folder });
    expect(harnesses["b"]).toMatchObject({ command: "b", cwd: join(folder, "work") });
    expect(harnesses["c"]).toMatchObject({ command: join(folder, "c") });
  });

  it("resolves to a config that resolves to itself", () => {
    const once = resolveConfig(
      { harnesses: { claude: { args: ["-x"], env: { A: undefined } } } },
      folder,
    );

    expect(resolveConfig(once, "/")).toEqual(once);
    expectTypeOf(once).toExtend<H2mConfig>();
  });

  it("drops falsy plugins and hands on the others as they are", () => {
    class Own {
      readonly name = "own";
      setup() {}
    }
    const own = new Own();

    const { plugins } = resolveConfig({ plugins: [false, own, null, undefined] }, folder);

    expect(plugins).toEqual([own]);
    expect(plugins[0]).toBe(own);
  });

  it.each<[string, unknown, string]>([
    ["an unknown key", { servr: {} }, "`servr` is unknown. Did you mean `server`?"],
    [
      "an unknown key of a section",
      { server: { prot: 1 } },
      "`server.prot` is unknown. Did you mean `server.port`?",
    ],
    ["a key at the wrong place", { port: 1 }, "`port` is unknown. Did you mean `server.port`?"],
    [
      "a key of a harness",
      { harnesses: { x: { comand: "y" } } },
      "`harnesses.x.comand` is unknown. Did you mean `harnesses.x.command`?",
    ],
    [
      "a key like no other",
      { log: { zzzzzzz: 1 } },
      "`log.zzzzzzz` is unknown. Known here: level.",
    ],
    ["a layer to extend", { extends: "gh:someone/else" }, "`extends` is unknown."],
    [
      "a port that is a text",
      { server: { port: "80" } },
      '`server.port` must be a whole number from 0 to 65535, not the text "80".',
    ],
    ["a port that is too large", { server: { port: 65_536 } }, "not the number 65536."],
    [
      "a time-out that Node's timers cannot wait",
      { timeouts: { call: 2 ** 31 } },
      "`timeouts.call` must be a whole number from 1 to 2147483647 (milliseconds), not the number 2147483648.",
    ],
    ["a heartbeat of zero", { heartbeat: 0 }, "`heartbeat` must be a whole number from 1"],
    [
      "a section that is none",
      { tools: "Bash" },
      '`tools` must be an object, not the text "Bash".',
    ],
    [
      "a list that is none",
      { tools: { include: "Bash" } },
      '`tools.include` must be a list, not the text "Bash".',
    ],
    [
      "an entry of a list",
      { tools: { exclude: ["a", 3] } },
      "`tools.exclude[1]` must be a text that is not empty, not the number 3.",
    ],
    [
      "a port of another protocol",
      { server: { port: 6000 } },
      "`server.port` must be a port that browsers and `fetch` connect with, not the number 6000.",
    ],
    [
      "one name of a harness",
      { harnesses: "claude" },
      '`harnesses` must be a list of names, or an object with options by name, not the text "claude".',
    ],
    [
      "the same in a profile",
      { profiles: { p: { harnesses: 1 } } },
      "`profiles.p.harnesses` must be a list of names, or an object with options by name, not the number 1.",
    ],
    [
      "an audit without a file",
      { audit: true },
      "`audit` must be an object, or false, not the boolean true.",
    ],
    [
      "a harness that is no name",
      { harnesses: ["claude", { codex: {} }] },
      "`harnesses[1]` must be the name of a harness, not an object.",
    ],
    [
      "instructions of a third kind",
      { instructions: true },
      '`instructions` must be "short", "full" or false, not the boolean true.',
    ],
    [
      "a level that is none",
      { log: { level: "loud" } },
      '`log.level` must be one of silent, error, warn, info, debug, not the text "loud".',
    ],
    [
      "an address with a port",
      { server: { host: "127.0.0.1:80" } },
      "`server.host` must be a host name or an address without a port",
    ],
    [
      "an origin with a path",
      { server: { allowedOrigins: ["tauri://localhost/x"] } },
      "`server.allowedOrigins[0]` must be an origin",
    ],
    [
      "an origin of the web with a path",
      { server: { allowedOrigins: ["https://a.example/"] } },
      "`server.allowedOrigins[0]` must be an origin",
    ],
    [
      "a new name that is no tool name",
      { tools: { rename: { Bash: "my shell" } } },
      "`tools.rename.Bash` must be a tool name",
    ],
    [
      "one new name for two tools",
      { tools: { rename: { Bash: "x", Read: "x" } } },
      "`tools.rename` gives two tools the name `x`: `Bash` and `Read`.",
    ],
    [
      "a risk that is none",
      { tools: { confirm: ["Bash", "risk:big"] } },
      "`tools.confirm[1]` must be a glob of tool names, or one of risk:write, risk:destructive, risk:open-world, not the text",
    ],
    [
      "a limit that is none",
      { tools: { limits: { perMinute: 0 } } },
      "`tools.limits.perMinute` must be a whole number from 1 to 100000, not the number 0.",
    ],
    [
      "an unknown limit",
      { tools: { limits: { maxResultByts: 1 } } },
      "`tools.limits.maxResultByts` is unknown. Did you mean `tools.limits.maxResultBytes`?",
    ],
    [
      "a third way with who cannot be asked",
      { tools: { confirmFallback: "ask" } },
      '`tools.confirmFallback` must be "deny" or "allow", not the text "ask".',
    ],
    [
      "a prefix that no name can have",
      { tools: { prefix: "my repo" } },
      "`tools.prefix` must be the beginning of a tool name",
    ],
    [
      "a word of a tool's arguments",
      { tools: { args: { Bash: { pinn: {} } } } },
      "`tools.args.Bash.pinn` is unknown. Did you mean `tools.args.Bash.pin`?",
    ],
    [
      "an argument in two places",
      { tools: { args: { Bash: { pin: { a: 1 }, hide: ["a"], default: { a: 2 } } } } },
      "`tools.args.Bash` names `a` in `pin` and in `hide`: one of them is enough.",
    ],
    [
      "a value that no JSON can say",
      { tools: { args: { Bash: { pin: { a: [Number.NaN] } } } } },
      "`tools.args.Bash.pin.a` must be a value that JSON can say, not a list.",
    ],
    [
      "a hint that is none",
      { tools: { annotations: { Bash: { readOnly: true } } } },
      "`tools.annotations.Bash.readOnly` is unknown. Did you mean `tools.readOnly`?",
    ],
    [
      "a hint of the wrong type",
      { tools: { annotations: { Bash: { readOnlyHint: "yes" } } } },
      "`tools.annotations.Bash.readOnlyHint` must be true or false",
    ],
    [
      "a key of a profile",
      { profiles: { review: { tools: { exlude: [] } } } },
      "`profiles.review.tools.exlude` is unknown. Did you mean `profiles.review.tools.exclude`?",
    ],
    [
      "a key below a key that may be false",
      { profiles: { review: { audit: { fil: "x" } } } },
      "`profiles.review.audit.fil` is unknown. Did you mean `profiles.review.audit.file`?",
    ],
    [
      "a key at the wrong place of a profile",
      { profiles: { review: { readOnly: true } } },
      "`profiles.review.readOnly` is unknown. Did you mean `profiles.review.tools.readOnly`?",
    ],
    [
      "a profile in a profile",
      { profiles: { review: { profiles: {} } } },
      "`profiles.review.profiles` is unknown.",
    ],
    [
      "a name of a profile",
      { profiles: { "for review": {} } },
      'The name in `profiles["for review"]` must be a name of 1 to 32 of A-Z, a-z, 0-9, _ and -.',
    ],
    ["a list in place of the config", [], "The config must be an object, not a list."],
    ["nothing in place of the config", null, "The config must be an object, not null."],
    [
      "a plugin without a name",
      { plugins: [{ apis: [] }] },
      "`plugins[0]` is no plugin: it must be an object with a `name`.",
    ],
    [
      "a plugin without a place",
      { plugins: [""] },
      "`plugins[0]` must be the name of a package, or a path.",
    ],
    [
      "options of nothing that can be loaded",
      { plugins: [[{ name: "x" }, {}]] },
      "`plugins[0]` must be a pair: the name, path or function of a plugin, and its options.",
    ],
    [
      "a plugin for a later h2m",
      { plugins: [{ name: "p", apiVersion: 3 }] },
      "`plugins[0]` (`p`) is made for version 3 of the plugin API, and this h2m has version 2: update h2m, or use an older version of the plugin.",
    ],
    [
      "a plugin for an earlier h2m",
      { plugins: [{ name: "p", apiVersion: 0 }] },
      "`plugins[0]` (`p`) is made for version 0 of the plugin API, and this h2m has version 2: update the plugin, or use an older h2m.",
    ],
    [
      "a plugin whose version is none",
      { plugins: [{ name: "p", apiVersion: "1" }] },
      "`plugins[0]` (`p`) has an `apiVersion` that is no number.",
    ],
    [
      "a plugin that is not there yet",
      { plugins: [Promise.resolve({ name: "x" })] },
      "`plugins[0]` is a promise: `await` it.",
    ],
    [
      "a harness without `detect`",
      { plugins: [{ name: "p", harnesses: [{ name: "h", api: "messages", prepare() {} }] }] },
      "`plugins[0]` (`p`) has `harnesses[0]`, which needs a function `detect`.",
    ],
    [
      "a mapper without a name",
      { tools: { map: [{ list() {} }] } },
      "`tools.map[0]` must be an object with a `name`.",
    ],
  ])("says what is wrong with %s", (_, config, expected) => {
    expect(complaint(config)).toContain(expected);
  });

  it("lists everything that is wrong with it", () => {
    const text = complaint({ servr: {}, heartbeat: "x", server: { port: -1, hosst: 1 } });

    expect(text).toContain("4 mistakes");
    for (const part of ["`servr`", "`heartbeat`", "`server.port`", "`server.hosst`"])
      expect(text).toContain(part);
  });

  it("never shows a secret that is written wrongly", () => {
    const text = complaint({
      server: { token: "se cret" },
      harnesses: { a: { env: { KEY: 4242 } } },
    });

    expect(text).toContain("`server.token` must be");
    expect(text).not.toMatch(/se cret|4242/);
  });

  it("needs folders that exist", () => {
    expect(complaint({ cwd: "nowhere" })).toBe(
      `There is no folder \`${folder}/nowhere\` (\`cwd\`).`,
    );
    expect(complaint({ harnesses: { a: { cwd: "gone" } } })).toContain("(`harnesses.a.cwd`)");
  });
});

describe("a profile", () => {
  const config: H2mConfig = {
    harnesses: { claude: { model: "m" }, codex: {} },
    heartbeat: 5,
    tools: { exclude: ["Web*"], rename: { Bash: "shell" }, args: { Bash: { pin: { a: 1 } } } },
    profiles: {
      review: {
        heartbeat: 6,
        tools: { exclude: ["Bash"], rename: { Read: "look" }, args: { Bash: { hide: ["b"] } } },
      },
      small: { harnesses: ["claude"] },
      more: { harnesses: { codex: { model: "n" } }, tools: { exclude: undefined } },
      readonly: { tools: { exclude: ["WebFetch"] } },
    },
  };
  const chosen = (name: string) => resolveConfig(configWithProfile(config, name), folder);

  it("lies over the config: objects are merged, lists and all else replaced", () => {
    const { tools, heartbeat } = chosen("review");

    expect(heartbeat).toBe(6);
    expect(tools.exclude).toEqual(["Bash"]);
    expect(tools.rename).toEqual({ Bash: "shell", Read: "look" });
    expect(tools.args).toEqual({ Bash: { pin: { a: 1 }, hide: ["b"] } });
    expect(tools.include).toEqual(["*"]);
  });

  it("chooses harnesses by name, which keep their options, or adds to them", () => {
    expect(chosen("small").harnesses).toMatchObject({ claude: { model: "m" } });
    expect(Object.keys(chosen("small").harnesses)).toEqual(["claude"]);
    expect(chosen("more").harnesses).toMatchObject({
      claude: { model: "m" },
      codex: { model: "n" },
    });
  });

  it("leaves out the workspaces of the harnesses that it does not choose, and no wrong ones", () => {
    const workspaces = {
      docs: { harness: "codex", cwd: "." },
      web: { harness: "claude", cwd: "." },
    };
    const both: H2mConfig = {
      harnesses: ["claude", "codex"],
      workspaces,
      profiles: { one: { harnesses: ["claude"] }, none: {}, own: { harnesses: { claude: {} } } },
    };
    const of = (given: H2mConfig, name: string) =>
      Object.keys(resolveConfig(configWithProfile(given, name), folder).workspaces);

    expect(of(both, "one")).toEqual(["web"]);
    expect(of(both, "none")).toEqual(["docs", "web"]);
    expect(of(both, "own")).toEqual(["docs", "web"]);
    const wrong = { ...both, harnesses: ["claude"] };
    for (const name of ["one", "none"])
      expect(() => of(wrong, name)).toThrow("no harness `codex` for the workspace `docs`");
  });

  it("takes undefined for left out", () => {
    expect(chosen("more").tools.exclude).toEqual(["Web*"]);
  });

  it("is built in as `readonly`, over which the config's own lies, and as `full`", () => {
    expect(chosen("readonly").tools).toMatchObject({ readOnly: true, exclude: ["WebFetch"] });
    expect(chosen("full").tools).toMatchObject({ include: ["*"], exclude: [], readOnly: false });
    expect(resolveConfig(configWithProfile({}, "readonly"), folder).tools.readOnly).toBe(true);
  });

  it("that is not chosen changes nothing", () => {
    expect(resolveConfig(config, folder).tools.exclude).toEqual(["Web*"]);
  });

  it("that there is not is a mistake of usage, and names the nearest", () => {
    for (const name of ["revew", "constructor"])
      expect(() => configWithProfile(config, name)).toThrow(
        expect.objectContaining({ code: "bad-usage", message: `There is no profile \`${name}\`.` }),
      );
    expect(() => configWithProfile(config, "revew")).toThrow(
      expect.objectContaining({ hint: expect.stringContaining("Did you mean `review`?") }),
    );
  });

  it("is checked like the config, and so is what comes of it", () => {
    expect(() => configWithProfile({ profiles: { a: { heartbeat: 0 } } }, "a")).toThrow(
      "`profiles.a.heartbeat` must be",
    );
    const alike = { ...config, profiles: { a: { tools: { rename: { Read: "shell" } } } } };
    expect(() => resolveConfig(configWithProfile(alike, "a"), folder)).toThrow(
      "two tools the name",
    );
  });
});

describe("a config file", () => {
  const load = (file?: string) =>
    loadConfigFile({ folder, file, modules: { "harness-to-mcp": library, h2m: library } });

  it("is not needed", async () => {
    expect(await load()).toBeUndefined();
  });

  it.each([
    [
      "h2m.config.ts",
      'import { defineConfig } from "harness-to-mcp"; const n: number = 7; export default defineConfig({ heartbeat: n });',
    ],
    [
      "h2m.config.mjs",
      'import { defineConfig } from "h2m"; export default defineConfig({ heartbeat: 7 });',
    ],
    [
      "h2m.config.js",
      'import { defineConfig } from "h2m"; export default () => defineConfig({ heartbeat: 7 });',
    ],
    ["h2m.config.json", '{ "heartbeat": 7 }'],
    ["h2m.config.json", '\ufeff{ "heartbeat": 7 }'],
    ["h2m.config.ts", "\ufeffexport default { heartbeat: 7 as number };"],
  ])(
    "%s is found in the folder, and imports the package where nothing is installed",
    async (name, text) => {
      await put(folder, name, text);

      expect(await load()).toEqual({
        file: join(folder, name),
        folder,
        config: { heartbeat: 7 },
        text,
      });
    },
  );

  it("gives the running package itself, so that its errors are known as such", async () => {
    await put(
      folder,
      "h2m.config.ts",
      'import { H2mError } from "h2m"; export default { heartbeat: H2mError };',
    );

    expect((await load())?.config).toEqual({ heartbeat: library.H2mError });
  });

  it("is the only source: no rc file, package.json, .env or other folder adds to it", async () => {
    await mkdir(join(folder, "below"));
    await put(folder, "h2m.config.json", "{}");
    for (const place of [folder, join(folder, "below")]) {
      await put(place, ".h2mrc", "heartbeat=1");
      await put(place, "package.json", '{ "h2m": { "heartbeat": 2 } }');
      await put(place, ".env", "H2M_FROM_DOTENV=1");
    }

    expect((await load())?.config).toEqual({});
    expect(process.env["H2M_FROM_DOTENV"]).toBeUndefined();
    expect(await loadConfigFile({ folder: join(folder, "below"), modules: {} })).toBeUndefined();
  });

  it("can be named, from the folder", async () => {
    await put(folder, "h2m.config.json", "{}");
    await put(folder, "other.json", '{ "heartbeat": 9 }');

    expect((await load("other.json"))?.config).toEqual({ heartbeat: 9 });
  });

  it.each([
    [
      "h2m.config.ts",
      "export default {\n  server: { port: 1,, }\n};",
      /h2m\.config\.ts:2:\d+` cannot be loaded: Unexpected token\.$/,
    ],
    [
      "h2m.config.json",
      '{\n  "server": { "port": 1,, }\n}',
      /h2m\.config\.json:2:\d+` cannot be loaded: .*JSON/,
    ],
    [
      "h2m.config.ts",
      '\n\nthrow new Error("boom");',
      /h2m\.config\.ts:3:7` cannot be loaded: boom\.$/,
    ],
    [
      "h2m.config.ts",
      'import "not-installed-anywhere"; export default {};',
      /cannot be loaded: Cannot find module 'not-installed-anywhere'\.$/,
    ],
    ["h2m.config.mjs", "export const heartbeat = 1;", /has no default export\.$/],
  ])(
    "that cannot be loaded is named with the place and the reason (%s: %j)",
    async (name, text, expected) => {
      await put(folder, name, text);

      const error = await failure(load());

      expect(error.code).toBe("bad-config");
      expect(error.message).toMatch(expected);
      expect(error.message).toContain(folder);
    },
  );

  it("that was named and is not there is an error", async () => {
    expect((await failure(load("gone.ts"))).message).toBe(
      `There is no config file \`${folder}/gone.ts\`.`,
    );
    await put(folder, "config.yaml", "a: 1");
    expect((await failure(load("config.yaml"))).message).toContain("of no kind that can be loaded");
  });
});

describe("h2m.config.example.ts", () => {
  const path = join(import.meta.dirname, "..", "h2m.config.example.ts");

  it("names every key with its default", async () => {
    const loaded = await loadConfigFile({
      folder,
      file: path,
      modules: { "harness-to-mcp": library },
    });
    const { harnesses, ...rest } = (loaded ? loaded.config : {}) as H2mConfig;

    expect(resolveConfig(rest, folder)).toEqual(resolveConfig({}, folder));
    expect(harnesses).toEqual(["claude"]);
    for (const key of KEYS[""] ?? []) expect(Object.keys(loaded?.config as object)).toContain(key);
    for (const section of ["tools", "timeouts", "sessions", "log", "server"] as const)
      expect(Object.keys(rest[section] ?? {})).toEqual(KEYS[section]);
    expect(Object.keys(rest.tools?.limits ?? {})).toEqual(KEYS["tools.limits"]);
  });

  it("names the options of a harness", async () => {
    const text = await readFile(path, "utf8");
    const line = text.split("\n").find((each) => each.includes("With options"));
    for (const key of KEYS["harnesses"] ?? []) expect(line).toMatch(new RegExp(`\\b${key}: `));
  });
});

describe("a warning of words that match no tool", () => {
  const schema: Tool["inputSchema"] = {
    type: "object",
    properties: {
      command: { type: "string" },
      timeout: { type: "number" },
      why: { type: "string" },
    },
    required: ["command"],
    additionalProperties: false,
  };
  function warningsOf(config: H2mConfig, lists: Record<string, string[]>): string[] {
    const hooks = new Hooks();
    const warnings: string[] = [];
    warnUnmatched(
      resolveConfig(config, folder),
      (event, listener) => hooks.on(event, listener),
      (message) => warnings.push(message),
    );
    for (const [harness, names] of Object.entries(lists)) {
      const tools = names.map((name) => ({ name, inputSchema: schema }));
      hooks.emit("tools", { session: { id: "1", harness, attached: false }, names, tools });
    }
    return warnings;
  }

  it("names the key and the nearest tool, once", () => {
    const config = {
      harnesses: ["a"],
      tools: {
        include: ["Bsah", "R*"],
        exclude: ["Q*"],
        rename: { Raed: "x" },
        describe: { Read: "y" },
        confirm: ["Bahs", "risk:write"],
        args: { Rea: {} },
        annotations: { Bush: {} },
      },
    };

    expect(warningsOf(config, { a: ["Bash", "Read"], b: [] })).toEqual([
      "`Bsah` in `tools.include` matches no tool. Did you mean `Bash`?",
      "`Q*` in `tools.exclude` matches no tool.",
      "`Bahs` in `tools.confirm` matches no tool. Did you mean `Bash`?",
      "`Raed` in `tools.rename` matches no tool. Did you mean `Read`?",
      "`Rea` in `tools.args` matches no tool. Did you mean `Read`?",
      "`Bush` in `tools.annotations` matches no tool. Did you mean `Bash`?",
    ]);
  });

  it("names an argument that the tool lacks, and one that it cannot do without", () => {
    const Bash = { pin: { timeot: 1 }, hide: ["command"], default: { zzzzzzz: 1 } };

    expect(warningsOf({ harnesses: ["a"], tools: { args: { Bash } } }, { a: ["Bash"] })).toEqual([
      "`timeot` in `tools.args.Bash.pin` is no argument of `Bash`. Did you mean `timeout`?",
      "`zzzzzzz` in `tools.args.Bash.default` is no argument of `Bash`.",
      "`tools.args.Bash.hide` has `command`, without which `Bash` cannot be called. Put it into `pin`.",
    ]);
  });

  it("names a value that the tool does not take", async () => {
    const Bash = { pin: { timeout: "long", why: "so" }, default: { command: 3 } };

    const warnings = warningsOf({ harnesses: ["a"], tools: { args: { Bash } } }, { a: ["Bash"] });

    await until("two warnings", () => warnings.length === 2);
    expect(warnings).toEqual([
      "The value of `tools.args.Bash.pin.timeout` does not fit: `timeout` must be number.",
      "The value of `tools.args.Bash.default.command` does not fit: `command` must be string.",
    ]);
  });

  it("finds an argument and its values in the alternatives of a schema", async () => {
    const kind = (value: string) => ({
      properties: { kind: { const: value } },
      required: ["kind"],
    });
    const tools: Tool[] = [
      { name: "Run", inputSchema: { type: "object", anyOf: [kind("a"), kind("b")] } },
    ];

    expect(argumentProblems({ Run: { pin: { kind: "b" } } }, tools)).toEqual([]);
    expect(await unfitValues({ Run: { pin: { kind: "b" } } }, tools)).toEqual([]);
    expect(await unfitValues({ Run: { pin: { kind: "c" } } }, tools)).toHaveLength(1);
  });

  it("tells at once that a chosen name is not shown as it is", () => {
    const tools = { rename: { Bash: "my.shell", Read: "read" }, prefix: "repo_" };

    expect(warningsOf({ tools }, {})).toEqual([expect.stringContaining("`repo_my.shell`")]);
    expect(warningsOf({ tools: { ...tools, portable: false } }, {})).toEqual([]);
  });

  it("counts the harness before a new name where several are served as one", () => {
    const tools = { rename: { Bash: "x".repeat(38) } };

    expect(warningsOf({ harnesses: ["a"], tools }, {})).toEqual([]);
    expect(warningsOf({ harnesses: ["a", "bcd"], tools }, {})).toEqual([
      expect.stringContaining(`\`bcd_${"x".repeat(38)}\``),
    ]);
  });

  it("waits for every configured harness", () => {
    const config = { harnesses: ["a", "b"], tools: { include: ["Bash", "bash", "none"] } };

    expect(warningsOf(config, { a: ["Bash"] })).toEqual([]);
    expect(warningsOf(config, { a: ["Bash"], b: ["bash"] })).toHaveLength(1);
  });

  it("is not given where a mapper of the user's own changes the list", () => {
    const map = [{ name: "own", list: () => [] }];
    expect(warningsOf({ tools: { include: ["own-tool"], map } }, { a: ["Bash"] })).toEqual([]);
  });
});
