import { readdir, readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

/** The variable that marks every process of one launch. Tools are session leaders of their own, so it is all that binds them to us. */
export const LAUNCH_MARK = "H2M_LAUNCH";

/**
 * Ends every process whose environment carries one of the marks: SIGTERM, then SIGKILL for what is left after `grace` ms.
 * Linux only (it reads `/proc/<pid>/environ`); elsewhere it finds nothing.
 * A process that was started with an emptied environment is not found.
 */
export async function endLeftovers(marks: readonly string[], grace = 300): Promise<void> {
  const deadline = Date.now() + grace;
  let pids = await marked(marks);
  for (const pid of pids) send(pid, "SIGTERM");
  while (pids.length > 0 && Date.now() < deadline) {
    await sleep(20);
    pids = await marked(marks);
  }
  // A process may fork between two looks: a few rounds, each with a fresh look.
  for (let round = 0; pids.length > 0 && round < 10; round++) {
    for (const pid of pids) send(pid, "SIGKILL");
    await sleep(10);
    pids = await marked(marks);
  }
}

/** The pids of all living processes that carry one of the marks, but never our own. */
export async function marked(marks: readonly string[]): Promise<number[]> {
  if (process.platform !== "linux") return [];
  const words = marks.map((mark) => `${LAUNCH_MARK}=${mark}`);
  const names = await readdir("/proc");
  const found = await Promise.all(
    names.map(async (name) => {
      const pid = Number(name);
      if (!Number.isInteger(pid) || pid === process.pid) return undefined;
      // The process may end at any time, or belong to another user: both mean that it is not one of ours.
      const environment = await readFile(`/proc/${name}/environ`, "latin1").catch(() => "");
      return environment.split("\0").some((entry) => words.includes(entry)) ? pid : undefined;
    }),
  );
  return found.filter((pid) => pid !== undefined);
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended by itself in the meantime.
  }
}
