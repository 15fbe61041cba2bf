import { spawn } from "node:child_process";
import { describe, expect, it } from "vitest";
import { endShellCall } from "../../plugins/opencode/cancel.ts";
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
});
