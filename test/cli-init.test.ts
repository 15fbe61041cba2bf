import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { builtCli, emptyFolder, put, start } from "./helpers/cli.ts";

// Each test starts a process or two, and machines differ.
vi.setConfig({ testTimeout: 60_000 });

let cli: string;
let folder: string;
beforeAll(async () => {
  cli = await builtCli();
}, 120_000);
beforeEach(async () => {
  folder = await emptyFolder();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function run(args: readonly string[]) {
  const started = start(cli, args, { cwd: folder, input: "" });
  const code = await started.ended;
  return { code, out: started.stdout(), err: started.stderr() };
}

describe("h2m init", () => {
  it("writes a commented config that h2m then loads", async () => {
    const { code, out } = await run(["init", "codex"]);

    const text = await readFile(join(folder, "h2m.config.ts"), "utf8");
    expect(code).toBe(0);
    expect(out).toContain(join(folder, "h2m.config.ts"));
    expect(text).toContain('harnesses: ["codex"]');
    expect(text).not.toContain("Copy this file");
    // No codex is there: the config was read, or nobody would look for one.
    const { err } = await run(["tools"]);
    expect(err).toMatch(/^config: .*h2m\.config\.ts$/m);
    expect(err).toContain("The harness `codex` was not found");
  });

  it("leaves a config that is there as it is", async () => {
    await put(folder, "h2m.config.mjs", "export default {};");

    const { code, err } = await run(["init"]);

    expect(err).toContain("There is a `h2m.config.mjs` already");
    expect(code).toBe(2);
    await expect(readFile(join(folder, "h2m.config.ts"))).rejects.toThrow("ENOENT");
  });

  it("takes one harness that is known", async () => {
    const { code, err } = await run(["init", "cluade"]);

    expect(err).toContain("`claude`");
    expect(code).toBe(2);
  });
});
