import { chmod, mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { findProgram } from "../../src/plugin.ts";

const NAME = "h2m-no-such-program";
let folder: string;
let program: string;
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "programs-")));
  program = join(folder, "node_modules/.bin", NAME);
  await mkdir(join(program, ".."), { recursive: true });
  await writeFile(program, "#!/bin/sh\n");
  await chmod(program, 0o755);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

describe("findProgram", () => {
  it("takes no program that only the working folder brings: a clone may ship one", async () => {
    expect(await findProgram(NAME, folder)).toBeUndefined();
  });

  it("takes it from there where its user names it", async () => {
    expect(await findProgram(`./node_modules/.bin/${NAME}`, folder)).toBe(program);
    expect(await findProgram(program)).toBe(program);
  });

  it("gives an absolute path, also for a relative folder on PATH", async () => {
    const place = relative(process.cwd(), join(folder, "node_modules/.bin"));
    vi.stubEnv("PATH", `${place}:/usr/bin`);

    expect(await findProgram(NAME, "/")).toBe(program);
  });
});
