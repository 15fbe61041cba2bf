import { readdir, readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { CALL_MARK } from "./inside.ts";

export interface ShellCall {
  readonly id: string;
  /** The shim that OpenCode waits for. It is left alone: OpenCode would never hear of its end (1.18.33). */
  readonly shell: string;
  /** Aborted when the call has ended. */
  readonly ended: AbortSignal;
}

/** How long a process may take to end by itself after SIGTERM, and how long in all we try. In ms. */
const GRACE = 500;
const LIMIT = 3_000;

/** Ends what a shell call runs, below its shim. Linux only: elsewhere nothing tells whose a process is. */
export async function endShellCall(call: ShellCall): Promise<void> {
  if (process.platform !== "linux") return;
  const start = Date.now();
  // It may only be starting, and a process may fork between two looks.
  while (!call.ended.aborted && Date.now() - start < LIMIT) {
    const signal = Date.now() - start < GRACE ? "SIGTERM" : "SIGKILL";
    for (const pid of await processesOf(call)) {
      try {
        process.kill(pid, signal);
      } catch {
        // It has ended by itself in the meantime.
      }
    }
    await sleep(50);
  }
}

async function processesOf({ id, shell }: ShellCall): Promise<number[]> {
  const found = await Promise.all(
    (await readdir("/proc")).map(async (name) => {
      const pid = Number(name);
      if (!Number.isInteger(pid) || pid === process.pid) return undefined;
      // The process may end at any time, or belong to another user: both mean that it is not one of ours.
      const read = (file: string) => readFile(`/proc/${name}/${file}`, "latin1").catch(() => "");
      if (!(await read("environ")).split("\0").includes(`${CALL_MARK}=${id}`)) return undefined;
      // Behind its interpreter, and the word that a bash is given (see `shellShim`).
      const words = (await read("cmdline")).split("\0").slice(1, 3);
      return words.includes(shell) ? undefined : pid;
    }),
  );
  return found.filter((pid) => pid !== undefined);
}
