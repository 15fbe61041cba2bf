import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { useCli } from "./helpers/cli.ts";

const h2m = useCli();

describe("h2m init", () => {
  it("writes a commented config that h2m then loads", async () => {
    const { code, out } = await h2m.run("init", "codex");

    const text = await readFile(join(h2m.folder, "h2m.config.ts"), "utf8");
    expect(code).toBe(0);
    expect(out).toContain(join(h2m.folder, "h2m.config.ts"));
    expect(text).toContain('harnesses: ["codex"]');
    expect(text).not.toContain("Copy this file");
    // No codex is there: the config was read, or nobody would look for one.
    const { err } = await h2m.run("tools");
    expect(err).toMatch(/^config: .*h2m\.config\.ts$/m);
    expect(err).toContain("The harness `codex` was not found");
  });

  it("leaves a config that is there as it is", async () => {
    await h2m.put("h2m.config.mjs", "export default {};");

    const { code, err } = await h2m.run("init");

    expect(err).toContain("There is a `h2m.config.mjs` already");
    expect(code).toBe(2);
    await expect(readFile(join(h2m.folder, "h2m.config.ts"))).rejects.toThrow("ENOENT");
  });

  it("takes one harness that is known", async () => {
    const unknown = await h2m.run("init", "cluade");
    const several = await h2m.run("init", "claude", "codex");

    expect(unknown.err).toMatch(/There is no harness `cluade`\.\s+Did you mean `claude`\? Known: /);
    expect(several.err).toContain("takes one harness at most, not also `codex`");
    expect([unknown.code, several.code]).toEqual([2, 2]);
  });
});
