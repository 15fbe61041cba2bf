import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { fakeConfig, useCli } from "./helpers/cli.ts";

const h2m = useCli();

const config = (rest = "") => h2m.put("h2m.config.mjs", fakeConfig({}, rest));

beforeEach(() => config());

describe("h2m lock and h2m diff", () => {
  it("write down what clients see, and tell that nothing has changed", async () => {
    await config('tools: { include: ["echo", "pid"], rename: { echo: "say" } }');

    const locked = await h2m.run("lock");
    const same = await h2m.run("diff");

    expect(locked).toMatchObject({ code: 0 });
    expect(locked.out).toContain("fake 1.2.3: 2 tools");
    const lock = JSON.parse(await readFile(join(h2m.folder, "h2m.lock.json"), "utf8"));
    expect(Object.keys(lock.harnesses.fake.tools)).toEqual(["pid", "say"]);
    expect(same).toMatchObject({ code: 0, out: "fake 1.2.3: no tool has changed\n" });
    expect((await readdir(h2m.folder)).filter((name) => name.startsWith("h2m.lock"))).toEqual([
      "h2m.lock.json",
    ]);
  });

  it("tell what is different, and end with 1", async () => {
    await h2m.run("lock");
    await config('tools: { exclude: ["pid"], rename: { echo: "say" } }');

    const text = await h2m.run("diff");
    const json = await h2m.run("diff", "--json");

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

    await h2m.run("lock", "uno");
    const missing = await h2m.run("diff");
    await h2m.run("lock", "duo");

    expect(missing).toMatchObject({ code: 2, err: expect.stringContaining("`h2m lock duo`") });
    expect((await h2m.run("diff")).out).toMatch(/^uno .*\nduo .*\n$/);
  });
});

describe("--frozen", () => {
  it("serves the tools of the lock, and refuses others by name", async () => {
    await h2m.run("lock");
    expect(await h2m.run("call", "echo", "text=x", "--frozen")).toMatchObject({
      code: 0,
      out: "x\n",
    });
    await config('tools: { exclude: ["pid"] }');

    for (const args of [["tools"], ["call", "echo", "text=x"]]) {
      const { code, out, err } = await h2m.run(...args, "--frozen");

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
    const { code, err } = await h2m.run(...args.filter((word) => word !== undefined));

    expect(err).toMatch(/There is no `.*h2m\.lock\.json`\.\s+Run `h2m lock` first/);
    expect(code).toBe(2);
  });

  it.each(["", "{", '{"format":2,"harnesses":{}}'])("refuses a damaged lock (%j)", async (text) => {
    await h2m.put("h2m.lock.json", text);

    const { code, err } = await h2m.run("tools", "--frozen");

    expect(err).toContain("is no lock of h2m");
    expect(code).toBe(2);
  });

  it("belongs to serving: `h2m lock --frozen` means nothing", async () => {
    const { code, err } = await h2m.run("lock", "--frozen");

    expect(err).toContain("`--frozen` and `lock` exclude each other");
    expect(code).toBe(2);
  });
});
