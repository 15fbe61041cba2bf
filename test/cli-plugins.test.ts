import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { builtCli, emptyFolder, put, start } from "./helpers/cli.ts";

// Each test starts a process or two, and machines differ.
vi.setConfig({ testTimeout: 60_000 });

const FIXTURE = join(import.meta.dirname, "fixtures/config/fake-plugin.mjs");

let cli: string;
beforeAll(async () => {
  cli = await builtCli();
}, 120_000);

let folder: string;
beforeEach(async () => {
  folder = await emptyFolder();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function run(...args: string[]) {
  const started = start(cli, args, { cwd: folder, input: "" });
  const code = await started.ended;
  return { code, out: started.stdout(), err: started.stderr() };
}

it("a harness of a TypeScript file that the config names is served like a built-in one", async () => {
  await put(
    folder,
    "mine.ts",
    `import { defineHarness, definePlugin, type Plugin } from "harness-to-mcp/plugin";
     import { fake } from ${JSON.stringify(FIXTURE)};
     interface Options { readonly name: string }
     export default definePlugin(({ name }: Options): Plugin => ({
       name,
       apiVersion: 1,
       harnesses: [defineHarness(fake({ name }).harnesses[0])],
       setup: (h2m) => void h2m.on("call:end", ({ name }) => console.log("heard of " + name)),
     }));`,
  );
  await put(folder, "h2m.config.json", `{ "plugins": [["./mine.ts", { "name": "mine" }]] }`);

  expect(await run("call", "mine", "echo", "text=by a plugin")).toMatchObject({
    code: 0,
    out: "by a plugin\n",
    err: expect.stringContaining("heard of echo"),
  });
});

it("a plugin that cannot be used ends with 2 and names itself", async () => {
  await put(folder, "later.mjs", `export default { name: "later", apiVersion: 99 };`);
  await put(folder, "h2m.config.json", `{ "plugins": ["./later.mjs"] }`);
  const later = await run("tools", "claude");
  await put(folder, "h2m.config.json", `{ "plugins": ["h2m-plugin-of-nobody"] }`);
  const missing = await run();

  expect(later.code).toBe(2);
  expect(later.err).toContain("The plugin `./later.mjs` (`plugins[0]`) is made for version 99");
  expect(missing.code).toBe(2);
  expect(missing.err).toContain("npm install h2m-plugin-of-nobody");
});

it("a plugin whose set-up throws ends with 2 and names itself", async () => {
  await put(
    folder,
    "h2m.config.mjs",
    `export default { harnesses: ["claude"], plugins: [
       { name: "surface", setup: () => { throw new Error("no room"); } },
     ] };`,
  );

  const { code, err } = await run("--port=0", "--no-auth");

  expect(code).toBe(2);
  expect(err).toContain("The plugin `surface` could not be set up: no room");
});
