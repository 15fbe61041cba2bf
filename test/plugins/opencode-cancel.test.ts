import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { endShellCall } from "../../plugins/opencode/cancel.ts";
import { shellShim } from "../../plugins/opencode/shell.ts";
import { findProgram } from "../../src/plugin.ts";
import { lives, until } from "../helpers/until.ts";

describe.runIf(process.platform === "linux")("ending one shell call of opencode", () => {
  it("ends all that it runs but the shell that opencode waits for, and no other call", async () => {
    const start = (id: string, ...args: string[]) =>
      spawn("sh", args, { env: { ...process.env, H2M_CALL: id }, stdio: "ignore" });
    // Without an `exec` by sh, so that the shell has a child.
    const waiting = start("call-1", "-c", "sleep 60; exit 7");
    const stubborn = start("call-1", "-c", "trap '' TERM; while :; do sleep 0.05; done");
    const other = start("call-2", "-c", "sleep 60; exit 7");
    const shim = spawn("sh", ["-s"], {
      env: { ...process.env, H2M_CALL: "call-1" },
      stdio: ["pipe", "ignore", "ignore"],
    });
    const ended = new AbortController();
    const pids = [waiting, stubborn, other, shim].map(({ pid }) => pid ?? 0);
    const [first = 0, second = 0, third = 0, fourth = 0] = pids;

    try {
      const ending = endShellCall({ id: "call-1", shell: "-s", ended: ended.signal });
      await until("the end of the call", () => !lives(first) && !lives(second));
      ended.abort();
      await ending;

      expect(lives(third)).toBe(true);
      expect(lives(fourth)).toBe(true);
    } finally {
      other.kill("SIGKILL");
      shim.kill("SIGKILL");
      await endShellCall({ id: "call-2", shell: "", ended: AbortSignal.timeout(200) });
    }
  });

  it.each(["/bin/sh", "bash"])("lets the shim tell the end of what it ran (%s)", async (shell) => {
    const folder = await mkdtemp(join(tmpdir(), "shim-"));
    const path = join(folder, "shell");
    const bash = shell === "bash" ? await findProgram("bash") : undefined;
    await writeFile(path, shellShim({ unset: [], restore: {} }, folder, bash), { mode: 0o700 });
    const child = spawn(path, ["-c", "echo runs; sleep 60; exit 7"], {
      env: { ...process.env, H2M_CALL: "call-3" },
      stdio: ["ignore", "pipe", "ignore"],
    });
    const ended = new AbortController();
    const exit = new Promise((resolve) => child.once("exit", (...how) => resolve(how)));
    await new Promise((resolve) => child.stdout.once("data", resolve));

    const ending = endShellCall({ id: "call-3", shell: path, ended: ended.signal });

    // By its own exit, and by no signal.
    expect(await exit).toEqual([143, null]);
    ended.abort();
    await ending;
    await rm(folder, { recursive: true });
  });
});
