import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { goesOn, keep, privateFilesIn } from "../src/cli/output/private-files.ts";
import { textResult } from "../src/kit/content.ts";
import { fakeConfig, useCli } from "./helpers/cli.ts";

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), "h2m-keep-"))));
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("the files of a private folder that a result names", () => {
  it.each<[string, string[]]>([
    ["Full output saved to: HOME/a/b.txt\n\nPreview", ["HOME/a/b.txt"]],
    ["written to: HOME/b1.output. You will", ["HOME/b1.output"]],
    ['(`HOME/x`, "HOME/y", HOME/x)', ["HOME/x", "HOME/y"]],
    ["HOME and HOMEX/a and /elsewhere/a", []],
  ])("%j", (text, expected) => {
    const put = (each: string) => each.replaceAll("HOME", folder);

    expect(privateFilesIn(textResult(put(text)), [folder])).toEqual(expected.map(put));
    expect(privateFilesIn(textResult(put(text)), [])).toEqual([]);
  });

  it("are found under the folder's name without links too", async () => {
    const link = `${folder}-link`;
    await symlink(folder, link);
    try {
      expect(privateFilesIn(textResult(`see ${folder}/a`), [link])).toEqual([`${folder}/a`]);
    } finally {
      await rm(link);
    }
  });

  it("are copied, each under a name of its own, and nothing else is", async () => {
    const [home, kept] = [join(folder, "home"), join(folder, "kept")];
    for (const path of [join(home, "a"), join(home, "b"), kept])
      await mkdir(path, { recursive: true });
    await writeFile(join(home, "a/out.txt"), "first");
    await writeFile(join(home, "b/out.txt"), "second");
    await writeFile(join(folder, "secret"), "of others");
    await symlink(join(folder, "secret"), join(home, "link"));

    expect(await keep(join(home, "a/out.txt"), [home], kept)).toBe(join(kept, "out.txt"));
    expect(await keep(join(home, "b/out.txt"), [home], kept)).toBe(join(kept, "2-out.txt"));
    for (const name of ["link", "../secret", "a", ""])
      await expect(keep(join(home, name), [home], kept)).rejects.toThrow("no file of the private");
    await expect(keep(join(home, "gone"), [home], kept)).rejects.toThrow("ENOENT");
    expect(await readdir(kept)).toEqual(["2-out.txt", "out.txt"]);
    expect(await readFile(join(kept, "2-out.txt"), "utf8")).toBe("second");
  });
});

describe("what goes on after a result", () => {
  it.each<[string, object, boolean]>([
    ["started", { run_in_background: true }, true],
    ["Command running in background with ID: b1. Output", {}, true],
    ["Wall time: 1 s\nProcess running with session ID 51098", {}, true],
    ["He wrote: Command running in background with ID", {}, false],
    ["done", { run_in_background: false }, false],
  ])("%j with %j", (text, args, expected) => {
    expect(goesOn(textResult(text), { ...args })).toBe(expected);
  });
});

describe("h2m call", () => {
  const world = useCli();
  /** It makes a file in its private folder, and names it. */
  const program = `
    const mapper = { name: "saved", call: async (call, next, { session }) => {
      const { content: [{ text: argv }] } = await next({ name: "env", arguments: { name: "FAKE_CONFIG" } });
      const file = argv.replace("fake.json", "out.txt");
      (await import("node:fs")).writeFileSync(file, "all of it");
      return { content: [{ type: "text", text: "Full output saved to: " + file }] };
    } };`;
  beforeEach(() =>
    world.put("h2m.config.mjs", program + fakeConfig({}, "tools: { map: [mapper] }")),
  );

  it("says that a file is gone with it, or keeps it", async () => {
    const gone = await world.run("call", "pid");
    const kept = await world.run("call", "pid", "--keep", "kept/here");

    const [, path = ""] = /saved to: (.*)\n/.exec(gone.out) ?? [];
    expect(gone.err).toMatch(/^h2m: `.*\/out\.txt` ends with this call; `--keep DIR` copies it/m);
    expect(gone.err).toContain(path);
    await expect(stat(path)).rejects.toThrow("ENOENT");
    const copy = join(world.folder, "kept/here/out.txt");
    expect(kept).toMatchObject({ code: 0, err: expect.stringContaining(`h2m: kept ${copy}\n`) });
    expect(await readFile(copy, "utf8")).toBe("all of it");
    expect((await stat(join(world.folder, "kept"))).mode & 0o777).toBe(0o700);
  });

  it("runs nothing if there is no place to keep it", async () => {
    await world.put("taken", "");

    const { code, out, err } = await world.run("call", "pid", "--keep", "taken");

    expect(err).toMatch(/`--keep`: EEXIST/);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(await world.run("tools", "--keep", "x")).toMatchObject({ code: 2 });
  });
});
