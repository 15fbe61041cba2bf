import { readdir, readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly session: number;
}

/** A direct child of the harness that leads a process session: a running command. */
export interface Command {
  readonly pid: number;
  /** Its command line, the words set apart by spaces. */
  readonly line: string;
}

/**
 * The commands that a harness runs now, the oldest first. Claude Code 2.1.197 starts each as the leader of a session of
 * its own, in which each job has a process group of its own. Linux only; elsewhere there is none.
 */
export async function commandsOf(harness: number): Promise<Command[]> {
  const leaders = (await processes()).filter(
    ({ pid, parent, session }) => parent === harness && session === pid,
  );
  const commands = leaders.map(async ({ pid }) => {
    // It may end between two looks: then it has no command line to match.
    const line = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    return { pid, line: line.replaceAll("\0", " ") };
  });
  return (await Promise.all(commands)).toSorted((a, b) => a.pid - b.pid);
}

/** Ends every process of a session: SIGTERM, then SIGKILL for what is left after `grace` ms. */
export async function endSession(leader: number, grace: number): Promise<void> {
  const end = Date.now() + grace;
  let left = await membersOf(leader);
  for (const pid of left) signal(pid, "SIGTERM");
  while (left.length > 0 && Date.now() < end) {
    await sleep(20);
    left = await membersOf(leader);
  }
  for (const pid of left) signal(pid, "SIGKILL");
}

async function membersOf(session: number): Promise<number[]> {
  return (await processes()).filter((each) => each.session === session).map(({ pid }) => pid);
}

async function processes(): Promise<Process[]> {
  if (process.platform !== "linux") return [];
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const stats = pids.map(async (name) => {
    const stat = await readFile(`/proc/${name}/stat`, "latin1").catch(() => "");
    // `pid (name) state parent group session …`; the name may hold anything, also `)`.
    const [, parent, , session] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return { pid: Number(name), parent: Number(parent), session: Number(session) };
  });
  return Promise.all(stats);
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended by itself.
  }
}
