import { readdir, readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { isOutOfFiles } from "./out-of-files.ts";

/** The variable that marks every process of one launch. Tools are session leaders of their own, so it is all that binds them to us. */
export const LAUNCH_MARK = "H2M_LAUNCH";

const ENTRY = `${LAUNCH_MARK}=`;
/** Environments that are read at once. */
const AT_ONCE = 8;

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

/**
 * Ends what is left in the process group of a program that we started as its leader, at once. Where marks are read they find
 * more, and only what is ours; elsewhere (macOS) the group is all that binds its children to us.
 */
export function endGroup(leader: number, marksAreRead = process.platform === "linux"): void {
  if (!marksAreRead && leader > 1) send(-leader, "SIGKILL");
}

/** The pids of all living processes that carry one of the marks, but never our own. */
export async function marked(marks: readonly string[]): Promise<number[]> {
  if (process.platform !== "linux" || marks.length === 0) return [];
  const own = new Set(marks);
  const found = await scan(own);
  return [...found].flatMap(([pid, mark]) => (own.has(mark) ? [pid] : []));
}

/** The scan of now, and the one that comes after it: who asks meanwhile shares the latter, so that many ends are one pass. */
let running: Promise<unknown> = Promise.resolve();
let next: { readonly marks: Set<string>; readonly found: Promise<Map<number, string>> } | undefined;

function scan(marks: ReadonlySet<string>): Promise<Map<number, string>> {
  if (!next) {
    const all = new Set<string>();
    const found = running.then(() => {
      next = undefined;
      return pass(all);
    });
    // Whoever asked for it hears of its failure; the next one goes on.
    running = found.catch(() => {});
    next = { marks: all, found };
  }
  for (const mark of marks) next.marks.add(mark);
  return next.found;
}

/** One pass over all processes: which of them carry which of these marks. */
async function pass(marks: ReadonlySet<string>): Promise<Map<number, string>> {
  const pids = (await patiently(() => readdir("/proc"))).map(Number).filter(Number.isInteger);
  const found = new Map<number, string>();
  const some = async () => {
    for (let pid = pids.pop(); pid !== undefined; pid = pids.pop()) {
      const mark = pid === process.pid ? undefined : await markOf(pid, marks);
      if (mark !== undefined) found.set(pid, mark);
    }
  };
  // All at once would take a file descriptor for each process of the machine.
  await Promise.all(Array.from({ length: AT_ONCE }, some));
  return found;
}

async function markOf(pid: number, marks: ReadonlySet<string>): Promise<string | undefined> {
  try {
    const environment = await patiently(() => readFile(`/proc/${pid}/environ`, "latin1"));
    for (const entry of environment.split("\0")) {
      const mark = entry.startsWith(ENTRY) ? entry.slice(ENTRY.length) : undefined;
      if (mark !== undefined && marks.has(mark)) return mark;
    }
    return undefined;
  } catch (error) {
    if (isOutOfFiles(error)) throw error;
    // It has ended, or belongs to another user: both mean that it is not one of ours.
    return undefined;
  }
}

/** Where no file descriptor is left, one may be soon: what we end gives its own back. */
async function patiently<T>(act: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await act();
    } catch (error) {
      if (!isOutOfFiles(error) || tries === 20) throw error;
      await sleep(20);
    }
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended by itself in the meantime.
  }
}
