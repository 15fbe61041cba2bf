import { readdir, readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

interface Process {
  readonly pid: number;
  readonly session: number;
}

/** A process session of a command that the harness runs. */
export interface Command {
  /** Of its leader. */
  readonly pid: number;
  /** Its command line, the words set apart by spaces. */
  readonly line: string;
}

/**
 * The commands that a harness runs now, the oldest first. Claude Code starts each as the leader of a session of its own, in which
 * each job has a process group of its own (2.1.197 to 2.1.332). Whose it is stands in its environment: its parent need not be the
 * process that h2m started, which may be a shim that runs the real program as a child. Linux only; elsewhere there is none.
 * @param environmentFile the harness's `CLAUDE_ENV_FILE`; what a command starts has it no more
 */
export async function commandsOf(environmentFile: string): Promise<Command[]> {
  const marks = [`CLAUDE_ENV_FILE=${environmentFile}`, "CLAUDECODE=1"];
  const leaders = (await processes()).filter(({ pid, session }) => session === pid);
  const commands = leaders.map(async ({ pid }) => {
    // It may end between two looks, or belong to another user: both mean that it is none of ours.
    const read = (file: string) => readFile(`/proc/${pid}/${file}`, "utf8").catch(() => "");
    const environment = new Set((await read("environ")).split("\0"));
    if (!marks.every((mark) => environment.has(mark))) return [];
    return [{ pid, line: (await read("cmdline")).replaceAll("\0", " ") }];
  });
  return (await Promise.all(commands)).flat().toSorted((a, b) => a.pid - b.pid);
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
    const session = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[3];
    return { pid: Number(name), session: Number(session) };
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
