import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkConfig, resolveConfig } from "../src/config.ts";
import { withPlugins } from "../src/config/files/plugins.ts";
import { planOf, readNow } from "../src/config/reload/plan.ts";
import { keysAt } from "../src/config/schema/schema.ts";
import type { H2mConfig, Reload, ResolvedConfig } from "../src/types/config.ts";
import type { PluginEntry } from "../src/types/plugin.ts";

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "h2m-test-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const START: H2mConfig = { harnesses: { a: { cwd: "." } } };
/** Each key with another value than at the start, and what becomes of it. */
const CHANGES: readonly (readonly [
  key: string,
  change: H2mConfig,
  fate: keyof Reload,
  told: string,
])[] = [
  ["harnesses", { harnesses: { a: { cwd: ".", model: "m" } } }, "applied", "harnesses"],
  ["cwd", { cwd: "/" }, "applied", "cwd"],
  ["workspaces", { workspaces: { w: { harness: "a", cwd: "/" } } }, "applied", "workspaces"],
  ["plugins", { plugins: [{ name: "p" }] }, "restart", "plugins"],
  ["tools.include", { tools: { include: ["A"] } }, "applied", "tools.include"],
  ["tools.exclude", { tools: { exclude: ["A"] } }, "applied", "tools.exclude"],
  ["tools.rename", { tools: { rename: { A: "b" } } }, "applied", "tools.rename"],
  ["tools.prefix", { tools: { prefix: "p_" } }, "applied", "tools.prefix"],
  ["tools.describe", { tools: { describe: { A: "b" } } }, "applied", "tools.describe"],
  ["tools.args", { tools: { args: { A: { hide: ["b"] } } } }, "applied", "tools.args"],
  [
    "tools.annotations",
    { tools: { annotations: { A: { title: "b" } } } },
    "applied",
    "tools.annotations",
  ],
  ["tools.readOnly", { tools: { readOnly: true } }, "applied", "tools.readOnly"],
  ["tools.portable", { tools: { portable: false } }, "applied", "tools.portable"],
  ["tools.confirm", { tools: { confirm: ["A"] } }, "applied", "tools.confirm"],
  [
    "tools.confirmFallback",
    { tools: { confirmFallback: "allow" } },
    "applied",
    "tools.confirmFallback",
  ],
  ["tools.limits", { tools: { limits: { perMinute: 1 } } }, "applied", "tools.limits"],
  ["tools.map", { tools: { map: [{ name: "m" }] } }, "applied", "tools.map"],
  ["tools.local", { tools: { local: [{ path: "/", tools: [] }] } }, "restart", "tools.local"],
  ["prompts", { prompts: "/" }, "restart", "prompts"],
  ["resources", { resources: { "a://b": process.execPath } }, "restart", "resources"],
  ["upstream", { upstream: { up: { command: "x" } } }, "restart", "upstream"],
  ["expose", { expose: "search" }, "restart", "expose"],
  ["surfaces", { surfaces: { rest: false } }, "restart", "surfaces"],
  ["catalog", { catalog: false }, "applied", "catalog"],
  ["instructions", { instructions: false }, "applied", "instructions"],
  ["timeouts.connect", { timeouts: { connect: 1 } }, "applied", "timeouts.connect"],
  ["timeouts.call", { timeouts: { call: 1 } }, "applied", "timeouts.call"],
  ["timeouts.idle", { timeouts: { idle: 1 } }, "applied", "timeouts.idle"],
  ["timeouts.gone", { timeouts: { gone: 1 } }, "applied", "timeouts.gone"],
  ["timeouts.shutdown", { timeouts: { shutdown: 1 } }, "applied", "timeouts.shutdown"],
  ["timeouts.drain", { timeouts: { drain: 1 } }, "applied", "timeouts.drain"],
  ["heartbeat", { heartbeat: 1 }, "restart", "heartbeat"],
  ["sessions.max", { sessions: { max: 1 } }, "applied", "sessions.max"],
  ["audit", { audit: { file: "a" } }, "restart", "audit"],
  ["log.level", { log: { level: "debug" } }, "restart", "log"],
  ["watch", { watch: true }, "restart", "watch"],
  ["server.host", { server: { host: "::1" } }, "restart", "server"],
  ["server.port", { server: { port: 9331 } }, "restart", "server"],
  ["server.token", { server: { token: "t" } }, "restart", "server"],
  ["server.attachKey", { server: { attachKey: "t" } }, "restart", "server"],
  ["server.auth", { server: { auth: false } }, "restart", "server"],
  ["server.allowedHosts", { server: { allowedHosts: ["a"] } }, "restart", "server"],
  ["server.allowedOrigins", { server: { allowedOrigins: ["http://a"] } }, "restart", "server"],
  ["server.publicUrl", { server: { publicUrl: "http://a" } }, "restart", "server"],
  ["server.instance", { server: { instance: "a" } }, "restart", "server"],
  ["server.trustProxy", { server: { trustProxy: ["::1"] } }, "restart", "server"],
  ["profiles", { profiles: { p: {} } }, "applied", "profiles"],
];
/** Sections whose keys stand in the table one by one. */
const SECTIONS = ["tools", "timeouts", "sessions", "log", "server"];

describe("a config that is read anew", () => {
  it("has every key of the schema in this table", () => {
    const keys = keysAt([]).flatMap((key) =>
      SECTIONS.includes(key) ? keysAt([key]).map((inner) => `${key}.${inner}`) : [key],
    );

    expect(CHANGES.map(([key]) => key).toSorted()).toEqual(keys.toSorted());
  });

  it.each(CHANGES)("takes `%s`, or names it", async (_, change, fate, told) => {
    const start = await read(START);
    const next = await read({ ...START, ...change });

    const plan = planOf({ start, now: start, next, profile: false });

    expect(plan.told).toEqual({ applied: [], restart: [], wider: [], [fate]: [told] });
    const section = told.split(".")[0] as keyof ResolvedConfig;
    if (fate === "applied") expect(plan.config[section]).toEqual(next.config[section]);
  });

  it("takes another one of what a project brings, where it brought something at the start", async () => {
    const own = { prompts: "/", tools: { local: [{ path: "/", tools: [] }] } };
    const start = await read({ ...START, ...own });
    const next = await read({
      ...START,
      ...own,
      resources: { "a://b": process.execPath },
      prompts: "/tmp",
    });

    const { told } = planOf({ start, now: start, next, profile: false });

    expect(told).toEqual({
      applied: ["prompts", "resources"],
      restart: [],
      wider: [],
    });
  });

  it("says of what is the same again that nothing is different", async () => {
    const start = await read({ ...START, ...CHANGES[4]![1] });
    const next = await read({ ...START, ...CHANGES[4]![1] });

    const { told } = planOf({ start, now: start, next, profile: false });

    expect(told).toEqual({ applied: [], restart: [], wider: [] });
  });

  it("keeps a mapper where the start was narrowed, and says so: it is code", async () => {
    const map = [{ name: "m" }];
    const start = await read({ ...START, tools: { exclude: ["A"], map } });
    const next = await read({ ...START, tools: { exclude: ["A"], map: [{ name: "m" }] } });

    const plan = planOf({ start, now: start, next, profile: false });

    expect(plan.told.restart).toEqual(["tools.map"]);
    expect(plan.config.tools.map).toBe(start.config.tools.map);
  });
});

describe("plugins that are read anew", () => {
  const FILE = "export default (options) => ({ name: 'p', ...options });";
  const changed = async (
    before: PluginEntry,
    after: PluginEntry,
    between: () => void = () => {},
  ) => {
    const start = await read({ ...START, plugins: [before] });
    between();
    const next = await read({ ...START, plugins: [after] });
    return planOf({ start, now: start, next, profile: false }).told.restart;
  };

  it("are named when their options are others, and not when they are the same", async () => {
    writeFileSync(join(folder, "p.mjs"), FILE);

    expect(await changed(["./p.mjs", { a: 1 }], ["./p.mjs", { a: 1 }])).toEqual([]);
    expect(await changed(["./p.mjs", { a: 1 }], ["./p.mjs", { a: 2 }])).toEqual(["plugins"]);
    expect(await changed("./p.mjs", ["./p.mjs", { a: 2 }])).toEqual(["plugins"]);
  });

  it("are named when their file has another text, or one that it imports", async () => {
    writeFileSync(join(folder, "part.mjs"), "export const a = 1;");
    writeFileSync(join(folder, "p.mjs"), `import "./part.mjs"; ${FILE}`);

    expect(
      await changed("./p.mjs", "./p.mjs", () =>
        writeFileSync(join(folder, "part.mjs"), "export const a = 2;"),
      ),
    ).toEqual(["plugins"]);
    expect(
      await changed("./p.mjs", "./p.mjs", () =>
        writeFileSync(join(folder, "p.mjs"), `import "./part.mjs"; ${FILE} // more`),
      ),
    ).toEqual(["plugins"]);
  });

  it("are named when nobody can see what they hold", async () => {
    const make = (a: number) => () => ({ name: "p", apis: a > 5 ? [] : undefined });

    expect(await changed(make(1), make(9))).toEqual(["plugins"]);
    expect(await changed({ name: "p" }, { name: "p" })).toEqual(["plugins"]);
    const same = { name: "p" };
    expect(await changed(same, same)).toEqual([]);
  });
});

async function read(config: H2mConfig) {
  const source = { folder, modules: async () => ({}) };
  const loaded = await withPlugins(checkConfig(config), source);
  return readNow(resolveConfig(loaded, folder), false);
}
