import { join } from "node:path";
import { expect, it } from "vitest";
import { useCli } from "./helpers/cli.ts";

const h2m = useCli();

const FIXTURE = join(import.meta.dirname, "fixtures/config/fake-plugin.mjs");

it("a harness of a TypeScript file that the config names is served like a built-in one", async () => {
  await h2m.put(
    "mine.ts",
    `import { defineHarness, definePlugin, type Plugin } from "harness-to-mcp/plugin";
     import { fake } from ${JSON.stringify(FIXTURE)};
     interface Options { readonly name: string }
     export default definePlugin(({ name }: Options): Plugin => ({
       name,
       apiVersion: 2,
       harnesses: [defineHarness(fake({ name }).harnesses[0])],
       setup: (h2m) => void h2m.on("call:end", ({ name }) => console.log("heard of " + name)),
     }));`,
  );
  await h2m.put("h2m.config.json", `{ "plugins": [["./mine.ts", { "name": "mine" }]] }`);

  expect(await h2m.run("call", "mine", "echo", "text=by a plugin")).toMatchObject({
    code: 0,
    out: "by a plugin\n",
    err: expect.stringContaining("heard of echo"),
  });
});

it("a plugin that cannot be used ends with 2 and names itself", async () => {
  await h2m.put("later.mjs", `export default { name: "later", apiVersion: 99 };`);
  await h2m.put("h2m.config.json", `{ "plugins": ["./later.mjs"] }`);
  const later = await h2m.run("tools", "claude");
  await h2m.put("h2m.config.json", `{ "plugins": ["h2m-plugin-of-nobody"] }`);
  const missing = await h2m.run();

  expect(later.code).toBe(2);
  expect(later.err).toContain("The plugin `./later.mjs` (`plugins[0]`) is made for version 99");
  expect(missing.code).toBe(2);
  expect(missing.err).toContain("npm install h2m-plugin-of-nobody");
});

it("a plugin whose set-up throws ends with 2 and names itself", async () => {
  await h2m.put(
    "h2m.config.mjs",
    `export default { harnesses: ["claude"], plugins: [
       { name: "surface", setup: () => { throw new Error("no room"); } },
     ] };`,
  );

  const { code, err } = await h2m.run("--port=0", "--no-auth");

  expect(code).toBe(2);
  expect(err).toContain("The plugin `surface` could not be set up: no room");
});
