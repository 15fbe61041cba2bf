import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { builtCli, emptyFolder, fakeConfig, put, start } from "./helpers/cli.ts";

// Each test starts a process or two, and machines differ.
vi.setConfig({ testTimeout: 60_000 });

let cli: string;
let folder: string;
beforeAll(async () => {
  cli = await builtCli();
}, 120_000);
beforeEach(async () => {
  folder = await emptyFolder();
  await config();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const config = (rest = "") => put(folder, "h2m.config.mjs", fakeConfig({}, rest));

async function run(...args: string[]) {
  const started = start(cli, args, { cwd: folder, input: "" });
  const code = await started.ended;
  return { code, out: started.stdout(), err: started.stderr() };
}

describe("h2m lock and h2m diff", () => {
  it("write down what clients see, and tell that nothing has changed", async () => {
    await config('tools: { include: ["echo", "pid"], rename: { echo: "say" } }');

    const locked = await run("lock");
    const same = await run("diff");

    expect(locked).toMatchObject({ code: 0 });
    expect(locked.out).toContain("fake 1.2.3: 2 tools");
    const lock = JSON.parse(await readFile(join(folder, "h2m.lock.json"), "utf8"));
    expect(Object.keys(lock.harnesses.fake.tools)).toEqual(["pid", "say"]);
    expect(same).toMatchObject({ code: 0, out: "fake 1.2.3: no tool has changed\n" });
    expect((await readdir(folder)).filter((name) => name.startsWith("h2m.lock"))).toEqual([
      "h2m.lock.json",
    ]);
  });

  it("tell what is different, and end with 1", async () => {
    await run("lock");
    await config('tools: { exclude: ["pid"], rename: { echo: "say" } }');

    const text = await run("diff");
    const json = await run("diff", "--json");

    expect(text.out).toBe("fake 1.2.3: 1 added, 2 removed\n  - echo\n  - pid\n  + say\n");
    expect(text.code).toBe(1);
    expect(JSON.parse(json.out)).toMatchObject([
      { harness: "fake", differences: [{ tool: "echo", kind: "removed" }, {}, {}] },
    ]);
    expect(json.code).toBe(1);
  });

  it("keep the other harnesses where one is named", async () => {
    await config(
      'harnesses: ["uno", "duo"], plugins: [fake({ name: "uno" }), fake({ name: "duo" })]',
    );

    await run("lock", "uno");
    const missing = await run("diff");
    await run("lock", "duo");

    expect(missing).toMatchObject({ code: 2, err: expect.stringContaining("`h2m lock duo`") });
    expect((await run("diff")).out).toMatch(/^uno .*\nduo .*\n$/);
  });
});

describe("--frozen", () => {
  it("serves the tools of the lock, and refuses others by name", async () => {
    await run("lock");
    expect(await run("call", "echo", "text=x", "--frozen")).toMatchObject({ code: 0, out: "x\n" });
    await config('tools: { exclude: ["pid"] }');

    for (const args of [["tools"], ["call", "echo", "text=x"]]) {
      const { code, out, err } = await run(...args, "--frozen");

      expect(err).toContain("The tools of `fake` are not those of the lock: - pid.");
      expect(out).toBe("");
      expect(code).toBe(1);
    }
  });

  it.each([
    ["diff"],
    ["--frozen"],
    ["--frozen", "--stdio"],
    ["tools", "--frozen"],
    ["call", "echo", "--frozen"],
  ])("%s %s ends with 2 without a lock, and says how to make one", async (...args) => {
    const { code, err } = await run(...args.filter((word) => word !== undefined));

    expect(err).toMatch(/There is no `.*h2m\.lock\.json`\.\s+Run `h2m lock` first/);
    expect(code).toBe(2);
  });

  it.each(["", "{", '{"format":2,"harnesses":{}}'])("refuses a damaged lock (%j)", async (text) => {
    await put(folder, "h2m.lock.json", text);

    const { code, err } = await run("tools", "--frozen");

    expect(err).toContain("is no lock of h2m");
    expect(code).toBe(2);
  });

  it("belongs to serving: `h2m lock --frozen` means nothing", async () => {
    const { code, err } = await run("lock", "--frozen");

    expect(err).toContain("`--frozen` and `lock` exclude each other");
    expect(code).toBe(2);
  });
});
