import { mkdir, rm, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkConfig, resolveConfig } from "../src/config.ts";
import { withPlugins } from "../src/config/files/plugins.ts";
import { ownModules } from "../src/modules.ts";
import { definePlugin, H2mError } from "../src/plugin.ts";
import { emptyFolder, put } from "./helpers/cli.ts";
import { failure } from "./helpers/until.ts";

let folder: string;
beforeEach(async () => {
  folder = await emptyFolder();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** What the `plugins` of a config in the folder become. */
async function loaded(...plugins: unknown[]) {
  const config = checkConfig({ plugins });
  const whole = await withPlugins(config, { folder, modules: ownModules });
  return resolveConfig(whole, folder).plugins;
}

async function complaint(...plugins: unknown[]): Promise<string> {
  const error = await failure(loaded(...plugins));
  expect(error).toMatchObject({ name: "H2mError", code: "bad-config" });
  return (error as H2mError).text;
}

async function file(name: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder, name)), { recursive: true });
  await put(folder, name, text);
}

/** A package as npm leaves it. */
async function installed(name: string, files: Record<string, string>, more: object = {}) {
  const manifest = { name, version: "1.0.0", type: "module", exports: "./index.js", ...more };
  for (const [path, text] of Object.entries({
    ...files,
    "package.json": JSON.stringify(manifest),
  }))
    await file(join("node_modules", name, path), text);
}

describe("a plugin at a path", () => {
  it("is TypeScript that imports the package, and files of its own, where nothing is installed", async () => {
    await file(
      "plugins/mine/index.ts",
      `import { definePlugin, type Plugin, PLUGIN_API_VERSION } from "harness-to-mcp/plugin";
       import { createH2m } from "harness-to-mcp";
       import { name } from "./name.ts";
       const plugin: Plugin = { name: name + typeof createH2m, apiVersion: PLUGIN_API_VERSION };
       export default definePlugin(plugin);`,
    );
    await file("plugins/mine/name.ts", `export const name: string = "mine";`);

    const expected = [{ name: "minefunction", apiVersion: 2 }];
    expect(await loaded("./plugins/mine/index.ts")).toEqual(expected);
    expect(await loaded("./plugins/mine")).toEqual(expected);
    expect(await loaded(join(folder, "plugins/mine/index.ts"))).toEqual(expected);
    expect(await loaded(pathToFileURL(join(folder, "plugins/mine/index.ts")).href)).toEqual(
      expected,
    );
  });

  it.each([
    ["mjs", "export default"],
    ["cjs", "module.exports ="],
    ["js", "export default"],
    ["js", "module.exports ="],
    ["mts", "export default"],
  ])("is a .%s file with %s", async (extension, exports) => {
    await file(`mine.${extension}`, `${exports} (options) => ({ name: "of " + options.who });`);

    expect(await loaded([`./mine.${extension}`, { who: "me" }])).toEqual([{ name: "of me" }]);
  });

  it("is run once, also if it fails", async () => {
    const count = "(globalThis.h2mRuns = (globalThis.h2mRuns ?? 0) + 1)";
    await file("mine.mjs", `${count}; throw new Error("no luck");`);
    const runs = globalThis as { h2mRuns?: number };
    delete runs.h2mRuns;

    expect(await complaint("./mine.mjs")).toContain("no luck");
    expect(runs.h2mRuns).toBe(1);
  });

  it("has the text that its file has now", async () => {
    await file("mine.mjs", `export default { name: "before" };`);
    const before = await loaded("./mine.mjs");
    await file("mine.mjs", `export default { name: "after" };`);

    expect([...before, ...(await loaded("./mine.mjs"))].map(({ name }) => name)).toEqual([
      "before",
      "after",
    ]);
  });
});

describe("a plugin by its package's name", () => {
  it("is looked for from the config's folder, and may have files, dependencies and subpaths", async () => {
    await installed("h2m-plugin-mine", {
      "index.js": `
        import { H2mError } from "harness-to-mcp/plugin";
        import { word } from "word";
        import { end } from "./end.js";
        export default (options) => ({ name: word + end + (options.more ?? ""), fault: new H2mError("closed", "x") });`,
      "end.js": `export const end = "!";`,
    });
    await installed("word", { "index.js": `export const word = "mine";` });
    await installed(
      "@scope/several",
      { "one.mjs": `export default { name: "one" };`, "two.cjs": `exports.name = "two";` },
      { exports: { "./one": "./one.mjs", "./two": { default: "./two.cjs" } } },
    );

    const plugins = await loaded(
      "h2m-plugin-mine",
      ["h2m-plugin-mine", { more: "?" }],
      "@scope/several/one",
      "@scope/several/two",
    );

    expect(plugins.map(({ name }) => name)).toEqual(["mine!", "mine!?", "one", "two"]);
    expect((plugins[0] as unknown as { fault: unknown }).fault).toBeInstanceOf(H2mError);
  });

  it("is found where it is linked to, with what is installed there", async () => {
    await file(
      "work/linked/index.js",
      `import { word } from "word"; export default { name: word };`,
    );
    await file(
      "work/linked/package.json",
      `{ "name": "linked", "type": "module", "exports": "./index.js" }`,
    );
    await file("work/linked/node_modules/word/index.js", `export const word = "near";`);
    await file(
      "work/linked/node_modules/word/package.json",
      `{ "name": "word", "type": "module", "exports": "./index.js" }`,
    );
    await mkdir(join(folder, "node_modules"));
    await symlink(join(folder, "work/linked"), join(folder, "node_modules/linked"));

    expect((await loaded("linked")).map(({ name }) => name)).toEqual(["near"]);
  });
});

describe("a plugin in the config itself", () => {
  it("is an object, a function, or a function with its options", async () => {
    const mine = definePlugin(({ who = "nobody" }: { who?: string }) => ({ name: `of ${who}` }));

    expect(await loaded({ name: "own" }, false, mine, [mine, { who: "me" }], null)).toEqual([
      { name: "own" },
      { name: "of nobody" },
      { name: "of me" },
    ]);
  });
});

describe("a bad plugin names itself:", () => {
  const shape =
    "A plugin is an object with a `name`, as `definePlugin` types it, or a function of options that gives one.";

  it.each<[string, string, string]>([
    [
      "one without a default export",
      "export const plugin = { name: 'x' };",
      "The plugin `./bad.mjs` (`plugins[1]`) has no default export: `FOLDER/bad.mjs`. It must export a plugin, or a function of options that gives one: `export default definePlugin({ … })`.",
    ],
    [
      "one that is something else",
      "export default 7;",
      `The plugin \`./bad.mjs\` (\`plugins[1]\`) is no plugin: it must be an object with a \`name\`. ${shape}`,
    ],
    [
      "a function that makes something else",
      "export default () => ({ nome: 'x' });",
      `The plugin \`./bad.mjs\` (\`plugins[1]\`) is a function whose plugin is no plugin: it must be an object with a \`name\`. ${shape}`,
    ],
    [
      "a function that is not done yet",
      "export default async () => ({ name: 'x' });",
      `The plugin \`./bad.mjs\` (\`plugins[1]\`) is a function whose plugin is a promise: \`await\` it. ${shape}`,
    ],
    [
      "one whose part is wrong",
      "export default { name: 'x', apis: [{ name: 'a' }] };",
      `The plugin \`./bad.mjs\` (\`plugins[1]\`) has \`apis[0]\`, which needs a text \`path\`. ${shape}`,
    ],
    [
      "one for a later h2m",
      "export default { name: 'x', apiVersion: 7 };",
      `The plugin \`./bad.mjs\` (\`plugins[1]\`) is made for version 7 of the plugin API, and this h2m has version 2: update h2m, or use an older version of the plugin. ${shape}`,
    ],
    [
      "a function that throws",
      "export default () => { throw new Error('no port') };",
      "The plugin `./bad.mjs` (`plugins[1]`) could not be made: no port Check its options: the second of the pair in `plugins`.",
    ],
    [
      "a file that throws",
      "\nthrow new Error('no luck');",
      "The plugin file `FOLDER/bad.mjs:2:7` cannot be loaded: no luck. Correct the plugin `./bad.mjs` (`plugins[1]`), or take it out of `plugins`.",
    ],
    [
      "a file that is none",
      "export default {",
      "The plugin file `FOLDER/bad.mjs:1:16` cannot be loaded: Unexpected token. Correct the plugin `./bad.mjs` (`plugins[1]`), or take it out of `plugins`.",
    ],
  ])("%s", async (_, text, message) => {
    await file("bad.mjs", text);

    expect(await complaint(false, "./bad.mjs")).toBe(message.replaceAll("FOLDER", folder));
  });

  it("options for an object", async () => {
    await file("bad.mjs", "export default { name: 'x' };");

    expect(await complaint(["./bad.mjs", {}])).toContain(
      "The plugin `./bad.mjs` (`plugins[0]`) takes no options: it is a plugin",
    );
  });

  it("a file that is not there", async () => {
    expect(await complaint("../mine.ts")).toBe(
      `There is no file \`${join(dirname(folder), "mine.ts")}\` for the plugin \`../mine.ts\` (\`plugins[0]\`). A relative path begins at the config file's folder.`,
    );
  });

  it("a package that is not installed", async () => {
    expect(await complaint("@mine/none/sub")).toBe(
      `The plugin \`@mine/none/sub\` (\`plugins[0]\`) is not installed. Install it: \`npm install @mine/none\` in \`${folder}\`. A path to a file begins with \`./\`.`,
    );
  });

  it("a function in the config that throws", async () => {
    const broken = definePlugin(() => {
      throw new H2mError("internal", "No port.", { hint: "Give one." });
    });

    expect(await complaint(broken)).toBe(
      "The plugin `plugins[0]` could not be made: No port. Give one.",
    );
  });
});

it("an error of another copy of the package is one of ours", async () => {
  const copy = (await import("../src/errors.ts?copy" as "../src/errors.ts")).H2mError;
  const error = new copy("closed", "It is over.", { hint: "Begin anew." });

  expect(copy).not.toBe(H2mError);
  expect(H2mError.from(error)).toBe(error);
  expect(error).toBeInstanceOf(H2mError);
  for (const other of [new Error("x"), { code: "closed" }, null, "closed"])
    expect(other).not.toBeInstanceOf(H2mError);
});
