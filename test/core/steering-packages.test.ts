import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { loadConfigFile } from "../../src/config/files/load.ts";
import { loadPluginFile } from "../../src/config/files/plugin-file.ts";
import { steeringOf } from "../../src/config/files/steering.ts";

let base: string;
const here = (...names: string[]) => join(base, ...names);
const put = (name: string, text = "") => {
  mkdirSync(dirname(here(name)), { recursive: true });
  writeFileSync(here(name), text);
};

beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), "h2m-test-")));
  put("ws/project/h2m.config.mjs", "export default {};");
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(base, { recursive: true, force: true });
});

async function load(text: string): Promise<void> {
  put("ws/project/h2m.config.mjs", text);
  await loadConfigFile({ folder: here("ws/project"), modules: { "harness-to-mcp": {} } });
}

/** What a tool may not write, with the program at another place than the test's own. */
function refused(program = here("program/dist/cli.mjs")) {
  const url = pathToFileURL(program).href;
  const steering = steeringOf(() => [], [], url, ["harness-to-mcp"]);
  return (name: string) => steering.refusal(here(name), []) !== undefined;
}

describe("a package that a config imports", () => {
  const pack = (at: string, text = "export const a = 1;") => {
    put(`${at}/package.json`, '{ "type": "module", "exports": "./index.js" }');
    put(`${at}/index.js`, text);
  };

  it("is not written, nor put nearer, nor one that it takes itself", async () => {
    pack("ws/node_modules/deeper");
    pack("ws/project/node_modules/thing", 'export * from "deeper";');
    await load('import { a } from "thing"; export default { cwd: String(a) };');

    const isRefused = refused();

    for (const name of [
      "ws/project/node_modules/thing/index.js",
      "ws/project/node_modules/thing/package.json",
      "ws/node_modules/deeper/index.js",
      // Found before the one above, once it is there.
      "ws/project/node_modules/deeper/index.js",
      // `thing` may be the name of the project itself: that comes first.
      "ws/project/package.json",
    ])
      expect([name, isRefused(name)]).toEqual([name, true]);
    for (const name of ["ws/project/src/index.js", "ws/package-lock.json", "other/package.json"])
      expect([name, isRefused(name)]).toEqual([name, false]);
  });

  it("is not written where it really lies, if it is linked", async () => {
    pack("ws/packages/thing");
    mkdirSync(here("ws/project/node_modules/@scope"), { recursive: true });
    symlinkSync(here("ws/packages/thing"), here("ws/project/node_modules/@scope/thing"));
    await load('import "@scope/thing"; export default {};');

    const isRefused = refused();

    expect(isRefused("ws/packages/thing/index.js")).toBe(true);
    expect(isRefused("ws/packages/node_modules/its-own/index.js")).toBe(true);
    expect(isRefused("ws/packages/other/index.js")).toBe(false);
  });

  it("of a list of folders in the environment is not written", async () => {
    pack("elsewhere/thing");
    vi.stubEnv("NODE_PATH", here("elsewhere"));
    await load('await import("thing").catch(() => {}); export default {};');

    expect(refused()("elsewhere/thing/index.js")).toBe(true);
  });

  it("by a name of its `package.json` is not written", async () => {
    put("ws/project/rules.js", "export const a = 1;");
    put(
      "ws/project/package.json",
      '{ "imports": { "#rules": { "default": "./rules.js" }, "#no": "./no.js" } }',
    );
    await load('import { a } from "#rules"; export default { cwd: String(a) };');

    const isRefused = refused();

    expect(isRefused("ws/project/package.json")).toBe(true);
    expect(isRefused("ws/project/rules.js")).toBe(true);
    expect(isRefused("ws/project/no.js")).toBe(false);
  });

  it("as a plugin by its name is not written, nor put nearer", async () => {
    pack("ws/node_modules/a-plugin", "export default { name: 'a' };");
    await loadPluginFile("a-plugin", "`a-plugin`", {
      folder: here("ws/project"),
      modules: async () => ({}),
    });

    const isRefused = refused();

    expect(isRefused("ws/node_modules/a-plugin/index.js")).toBe(true);
    expect(isRefused("ws/project/node_modules/a-plugin/index.js")).toBe(true);
  });

  it("is no matter of a config that imports only h2m and files of its own", async () => {
    put("ws/project/more.mjs", 'import "node:fs"; import "fs/promises";');
    await load('import "harness-to-mcp"; import "./more.mjs"; export default {};');

    const isRefused = refused();

    expect(isRefused("ws/project/node_modules/thing/index.js")).toBe(false);
    expect(isRefused("ws/project/package.json")).toBe(false);
  });
});

it("a package that h2m itself runs is not written, nor put nearer", () => {
  put("app/node_modules/harness-to-mcp/package.json", "{}");

  const isRefused = refused(here("app/node_modules/harness-to-mcp/dist/cli.mjs"));

  expect(isRefused("app/node_modules/harness-to-mcp/dist/cli.mjs")).toBe(true);
  expect(isRefused("app/node_modules/harness-to-mcp/node_modules/h3/index.js")).toBe(true);
  expect(isRefused("app/node_modules/h3/index.js")).toBe(true);
  expect(isRefused("node_modules/h3/index.js")).toBe(true);
  expect(isRefused("app/src/index.js")).toBe(false);
});
