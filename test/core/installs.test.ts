import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Installs } from "../../src/core/host/installs.ts";
import { H2mError } from "../../src/errors.ts";
import { findProgram } from "../../src/kit/programs.ts";
import { defineHarness } from "../../src/plugin.ts";

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "h2m-test-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const put = (name: string) => {
  writeFileSync(join(folder, name), "#!/bin/sh\n", { mode: 0o755 });
  return join(folder, name);
};

/** It is wherever one of two paths leads. `looked`: how often it was looked for. */
function harness() {
  const seen = { looked: 0 };
  const launcher = defineHarness({
    name: "moving",
    api: "messages",
    detect: async () => {
      seen.looked++;
      for (const name of ["a", "b"]) {
        const command = await findProgram(join(folder, name));
        if (command !== undefined) return { command, version: `1.0.${seen.looked}` };
      }
      return undefined;
    },
    prepare: () => ({ command: "none", args: [], env: {} }),
  });
  return { launcher, seen };
}

describe("a program that was found", () => {
  it("is looked for once while it stays, also by those who come together", async () => {
    put("a");
    const { launcher, seen } = harness();
    const installs = new Installs();

    const all = [1, 2, 3].map(() => installs.find(launcher, {}));

    expect((await Promise.all(all)).map(({ version }) => version)).toEqual(Array(3).fill("1.0.1"));
    await installs.find(launcher, {});
    expect(seen.looked).toBe(1);
  });

  it("is looked for again when it was moved", async () => {
    put("a");
    const { launcher } = harness();
    const installs = new Installs();
    await installs.find(launcher, {});

    renameSync(join(folder, "a"), join(folder, "b"));
    const found = await installs.find(launcher, {});

    expect(found.command).toBe(join(folder, "b"));
  });

  it("is looked at again, once, when another one took its place", async () => {
    put("a");
    const { launcher, seen } = harness();
    const installs = new Installs();
    await installs.find(launcher, {});

    renameSync(put("new"), join(folder, "a"));
    const found = await Promise.all([1, 2].map(() => installs.find(launcher, {})));

    expect(found.map(({ version }) => version)).toEqual(["1.0.2", "1.0.2"]);
    expect(seen.looked).toBe(2);
  });

  it("that is gone is not installed, until it is back", async () => {
    put("a");
    const { launcher } = harness();
    const installs = new Installs();
    await installs.find(launcher, {});

    rmSync(join(folder, "a"));
    await expect(installs.find(launcher, {})).rejects.toMatchObject({ code: "not-installed" });
    put("a");

    expect((await installs.find(launcher, {})).command).toBe(join(folder, "a"));
  });
});

it("a program that never answers is an error, and is asked again the next time", async () => {
  const { launcher, seen } = harness();
  const answers = [new Promise<never>(() => {}), Promise.resolve({ command: put("a") })];
  const hung = { ...launcher, detect: () => answers[seen.looked++] ?? Promise.reject() };
  const installs = new Installs(20);

  await expect(installs.find(hung, {})).rejects.toThrow(H2mError);
  const found = await installs.find(hung, {});

  expect(found.command).toBe(join(folder, "a"));
});
