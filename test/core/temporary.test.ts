import { execFileSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { basename, dirname, join, relative } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Home } from "../../src/core/host/home.ts";
import { homeFolder } from "../../src/kit/folders.ts";
import { defineHarness, type LaunchContext } from "../../src/plugin.ts";
import { fakeLauncher, fakePlugin } from "../../src/testing.ts";
import { serve } from "../helpers/server.ts";
import { failure } from "../helpers/until.ts";

const saved = { ...process.env };
let folder: string;
let ends: (() => unknown)[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "temporary-"));
  ends = [];
});
afterEach(async () => {
  for (const name of ["TMPDIR", "HOME"])
    if (saved[name] === undefined) delete process.env[name];
    else process.env[name] = saved[name];
  for (const end of ends) await end();
  await rm(folder, { recursive: true, force: true });
});

/** A file system of its own. `undefined`: this user may not mount. */
function mounted(options: string): string | undefined {
  const path = join(folder, "mounted");
  try {
    execFileSync("mkdir", ["-p", path]);
    execFileSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", path], { stdio: "ignore" });
  } catch {
    return undefined;
  }
  ends.push(() => execFileSync("umount", ["-l", path]));
  return path;
}

/** A call through the fake harness. */
const callAt = async (temporary: string, plugin = fakePlugin()) => {
  process.env["TMPDIR"] = temporary;
  const h2m = await serve({ plugins: [plugin], harnesses: ["fake"] });
  return h2m.sessions.open({}).call("echo", { text: "here" });
};

describe("a temporary folder", () => {
  it.each([
    ["that is not there", async (path: string) => path, /is not there.*Make it, or set TMPDIR/],
    [
      "that is a file",
      async (path: string) => writeFile(path, "").then(() => path),
      /is no folder.*set TMPDIR/,
    ],
  ])("%s is named, with what to do", async (_, make, says) => {
    const path = await make(join(folder, "nowhere"));

    const error = await failure(callAt(path));

    expect(error.message).toContain(`The temporary folder \`${path}\` (TMPDIR)`);
    expect((error as Error & { text: string }).text).toMatch(says);
  });

  it.skipIf(userInfo().uid === 0)("that may not be written is named too", async () => {
    const path = join(folder, "closed");
    await mkdir(path);
    await chmod(path, 0o500);

    expect((await failure(callAt(path))).message).toContain("may not be written by this user");
  });

  it("that is full is named too", async () => {
    const path = mounted("size=16k,nr_inodes=2");
    if (!path) return console.warn("not tested: this user may not mount");
    // Whatever is in it: one file more fits, and none into a folder.
    const error = await failure(callAt(path));

    expect((error as Error & { text: string }).text).toMatch(
      /is full\. .*Make room, or set TMPDIR to another folder\./,
    );
    expect(await readdir(path)).toEqual([]);
  });

  it("that is relative is taken from the folder of h2m, whatever the harness's is", async () => {
    let seen: LaunchContext | undefined;
    const { prepare, ...rest } = fakeLauncher();
    const launcher = defineHarness({
      ...rest,
      prepare: (context) => prepare((seen = context)),
    });

    const result = await callAt(relative(process.cwd(), folder), {
      ...fakePlugin(),
      harnesses: [launcher],
    });

    expect(result.content).toEqual([{ type: "text", text: "here" }]);
    expect(dirname(seen?.home ?? "")).toBe(folder);
  });
});

describe("a temporary folder in which nothing can be executed", () => {
  const scripted = (seen: (home: string) => void) => {
    const { prepare, ...rest } = fakeLauncher();
    return defineHarness({
      ...rest,
      prepare: (context) => {
        seen(context.home);
        const plan = prepare(context);
        return { ...plan, files: { ...plan.files, shell: "#!/bin/sh\n" } };
      },
    });
  };

  it("is not taken for a launch with a script, and stays empty", async () => {
    const path = mounted("noexec");
    if (!path) return console.warn("not tested: this user may not mount");
    const homes: string[] = [];
    const launcher = scripted((home) => homes.push(home));

    const result = await callAt(path, { ...fakePlugin(), harnesses: [launcher] });

    expect(result.content).toEqual([{ type: "text", text: "here" }]);
    expect(homes.map(dirname)).toEqual([path, "/tmp"]);
    expect(Home.all().map((home) => basename(home))).toContain(basename(homes[1] ?? ""));
    expect(await readdir(path)).toEqual([]);
  });

  it("is taken for one without", async () => {
    const path = mounted("noexec");
    if (!path) return console.warn("not tested: this user may not mount");

    await callAt(path);

    expect(Home.all().map(dirname)).toContain(path);
  });
});

describe("the home folder", () => {
  it("is HOME, or what the system says", () => {
    expect(homeFolder({ HOME: "/home/ada" })).toBe("/home/ada");
    delete process.env["HOME"];
    expect(homeFolder({})).toBe(userInfo().homedir);
  });
});
