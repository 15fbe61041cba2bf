import {
  chmod,
  chown,
  lchown,
  mkdir,
  readdir,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkConfig } from "../src/config.ts";
import { loadConfigFile } from "../src/config/files/load.ts";
import { withPlugins } from "../src/config/files/plugins.ts";
import { guardFound, guardNamed, trustConfig } from "../src/config/trust/trust.ts";
import { TrustList } from "../src/config/trust/trust-list.ts";
import { otherWriter } from "../src/core/files/writers.ts";
import { emptyFolder } from "./helpers/cli.ts";
import { failure } from "./helpers/until.ts";

const ROOT = process.getuid?.() === 0;
/** A user and a group that are nobody's. */
const STRANGER = 64_321;

let base: string;
/** Of the config. */
let folder: string;
let state: string;
beforeEach(async () => {
  base = await emptyFolder();
  folder = join(base, "clone");
  state = join(base, "state");
  await mkdir(folder);
});
afterEach(() => rm(base, { recursive: true, force: true }));

const list = () => new TrustList(join(state, "h2m", "trust"));
const at = (name: string) => join(folder, name);
const config = () => at("h2m.config.mjs");

async function write(files: Record<string, string>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(at(name)), { recursive: true });
    await writeFile(at(name), text);
  }
}

/** Loads the config and its plugins as the command line does. */
async function load(guard = guardFound({ list: list() })): Promise<void> {
  const modules = {};
  const loaded = await loadConfigFile({ folder, modules, guard });
  const read = checkConfig(loaded?.config);
  await withPlugins(read, { folder, modules: async () => modules, guard });
}

type Case = [what: string, give: () => Promise<unknown>, reason: RegExp];

describe("a config that another user may change", () => {
  const open: Case[] = [
    [
      "everybody may write the file",
      () => chmod(config(), 0o666),
      /every user .* the file `.*mjs`/,
    ],
    [
      "everybody may write the folder",
      () => chmod(folder, 0o777),
      /every user .* folder `.*clone`/,
    ],
    [
      "everybody may write a folder above it",
      () => chmod(base, 0o777),
      /every user .* the folder `/,
    ],
    [
      "everybody may write the file, in a sticky folder",
      async () => {
        await chmod(folder, 0o1777);
        await chmod(config(), 0o666);
      },
      /every user .* the file/,
    ],
    [
      "everybody may write the folder that a link leads to",
      async () => {
        await mkdir(join(base, "other"));
        await rename(config(), join(base, "other", "real.mjs"));
        await symlink("../other/real.mjs", config());
        await chmod(join(base, "other"), 0o777);
      },
      /every user .* the folder `.*other`/,
    ],
  ];
  const owned: Case[] = [
    ["another user owns the file", () => chown(config(), STRANGER, 0), /file .*uid 64321/],
    ["another user owns the folder", () => chown(folder, STRANGER, 0), /folder .*uid 64321/],
    ["another user owns a folder above it", () => chown(base, STRANGER, 0), /folder .*uid 64321/],
    [
      "a group of others may write the file",
      async () => {
        await chown(config(), 0, STRANGER);
        await chmod(config(), 0o664);
      },
      /the group 64321 may write the file/,
    ],
    [
      "another user made the link that it is",
      async () => {
        await rename(config(), at("real.mjs"));
        await symlink("real.mjs", config());
        await lchown(config(), STRANGER, 0);
      },
      /link .*uid 64321/,
    ],
  ];

  // Only root can give a file to somebody else.
  it.each(ROOT ? [...open, ...owned] : open)("%s", async (_, give, reason) => {
    await write({ "h2m.config.mjs": "globalThis.h2mRan = true; export default {};" });
    const ran = globalThis as { h2mRan?: boolean };
    delete ran.h2mRan;
    await trustConfig(config(), list());
    await give();
    const warnings: string[] = [];

    const found = await failure(load());
    const trusted = await failure(trustConfig(config(), list()));
    expect(ran.h2mRan).toBeUndefined();
    await load(guardNamed((message) => warnings.push(message)));

    for (const error of [found, trusted]) {
      expect(error.message).toMatch(reason);
      expect(error).toMatchObject({ code: "untrusted", hint: expect.stringContaining("--config") });
    }
    expect(warnings).toEqual([expect.stringMatching(reason)]);
    expect(ran.h2mRan).toBe(true);
  });

  it("is none in a sticky folder, nor where the group is the owner's own", async () => {
    await write({ "h2m.config.mjs": "export default {};" });
    await trustConfig(config(), list());
    await chmod(folder, 0o1777);
    await load();
    const me = process.getuid?.() ?? 0;
    await chmod(folder, 0o775);
    if (ROOT) await chown(folder, me, me);

    expect(await otherWriter(config())).toBe(
      (await stat(folder)).gid === me
        ? undefined
        : `the group ${(await stat(folder)).gid} may write the folder \`${folder}\``,
    );
  });

  it("is told, and not waited for, where links lead in a circle", async () => {
    await symlink("b", at("a"));
    await symlink("a", at("b"));

    expect(await otherWriter(at("a"))).toMatch(/is a link without an end/);
  });
});

describe("what a trusted config loads is refused if others may write it:", () => {
  const plugin = `export default { name: "mine" };`;
  const installed = {
    "node_modules/pack/index.js": plugin,
    "node_modules/pack/package.json": `{ "name": "pack", "type": "module", "exports": "./index.js" }`,
  };

  it.each<[what: string, plugins: string, files: Record<string, string>, victim: string]>([
    ["a plugin's file", `"./mine.mjs"`, { "mine.mjs": plugin }, "mine.mjs"],
    [
      "what a plugin's own files import",
      `"./mine.mjs"`,
      {
        "mine.mjs": `import { a } from "./lib/a.ts"; ${plugin}`,
        "lib/a.ts": `export { b as a } from "../b";`,
        "b.ts": "export const b = 1;",
      },
      "b.ts",
    ],
    ["a plugin's package", `"pack"`, installed, "node_modules/pack/index.js"],
    ["the folder of packages", `"pack"`, installed, "node_modules"],
    [
      "a package that is imported",
      `(await import( /* mine */ "pack")).default`,
      installed,
      "node_modules/pack/index.js",
    ],
    ["JSON", `(await import("./x.json")).none`, { "x.json": "{}" }, "x.json"],
    [
      "a file that is required",
      `require("./r.cjs")`,
      { "r.cjs": `module.exports = { name: "r" };` },
      "r.cjs",
    ],
  ])("%s", async (_, plugins, files, victim) => {
    await write({ ...files, "h2m.config.mjs": `export default { plugins: [${plugins}] };` });
    await trustConfig(config(), list());
    await load();
    await chmod(at(victim), (await stat(at(victim))).isDirectory() ? 0o777 : 0o666);
    const warnings: string[] = [];

    const error = await failure(load());
    await load(guardNamed((message) => warnings.push(message)));

    expect(error.message).toMatch(/is not loaded: every user may write the (file|folder)/);
    expect(error.message).toContain(at(victim));
    expect(error).toMatchObject({ code: "untrusted" });
    expect(warnings.join()).toContain(at(victim));
  });
});

describe("the list of trusted folders", () => {
  it("loses nothing of what is added and taken back at once", async () => {
    const folders = Array.from({ length: 30 }, (_, at) => `/some/folder ${at}\n"`);
    await Promise.all(folders.map((each) => list().add(each)));
    await Promise.all(folders.slice(10).map((each) => list().remove(each)));

    expect(await list().all()).toEqual(folders.slice(0, 10).toSorted());
    expect(await list().has(folders[3] ?? "")).toBe(true);
    expect(await list().has(folders[20] ?? "")).toBe(false);
    expect(await readdir(join(state, "h2m", "trust"))).toHaveLength(10);
  });

  it("trusts nothing by a file that says something else", async () => {
    await list().add("/a");
    const [name = ""] = await readdir(join(state, "h2m", "trust"));
    const file = join(state, "h2m", "trust", name);
    for (const text of [`{"folder":"/b"}`, "", "nonsense", `{"folder":1}`]) {
      await writeFile(file, text);

      expect(await list().all()).toEqual([]);
      expect(await list().has("/a")).toBe(false);
      expect(await list().has("/b")).toBe(false);
    }
    await list().add("/a");
    expect(await list().has("/a")).toBe(true);
  });

  it("is not taken from a file that others may write, or a link", async () => {
    await list().add("/a");
    const [name = ""] = await readdir(join(state, "h2m", "trust"));
    const file = join(state, "h2m", "trust", name);
    await chmod(file, 0o666);
    const open = await failure(list().has("/a"));
    await rename(file, join(base, "elsewhere"));
    await symlink(join(base, "elsewhere"), file);
    const linked = await failure(list().has("/a"));

    expect(open.message).toContain(`other users may write \`${file}\``);
    expect(linked.message).toContain(`\`${file}\` is a link`);
    expect(linked).toMatchObject({ hint: expect.stringContaining("XDG_STATE_HOME") });
  });

  it.runIf(ROOT)("is not taken from a folder or a file of somebody else", async () => {
    await list().add("/a");
    const [name = ""] = await readdir(join(state, "h2m", "trust"));
    for (const part of ["h2m", "h2m/trust", `h2m/trust/${name}`]) {
      await chown(join(state, part), STRANGER, STRANGER);

      const error = await failure(list().has("/a"));

      expect(error.message).toContain("belongs to another user (uid 64321, and this is uid 0)");
      await chown(join(state, part), 0, 0);
    }
    expect(await list().has("/a")).toBe(true);
  });
});
