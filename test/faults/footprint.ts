import { readdir, readFile, readlink } from "node:fs/promises";
import { expect } from "vitest";
import { temporaryFiles } from "../helpers/server.ts";

/** What a server has of the machine: numbers that must be the same again after a fault. */
export interface Footprint {
  /** Harnesses, their guardians, and what their tools started. */
  readonly processes: readonly string[];
  /** Private folders of hosts. */
  readonly folders: number;
  /** Open files of our own process: pipes to the harnesses and the like, but no connections. */
  readonly files: readonly string[];
  /** TCP sockets of our own process, listening ones included. */
  readonly connections: number;
}

/** All of it as it is now. Linux only. */
export async function footprint(): Promise<Footprint> {
  const [processes, { files, connections }] = await Promise.all([ownProcesses(), openFiles()]);
  return { processes, folders: temporaryFiles().filter(isHome).length, files, connections };
}

/** Waits until nothing is more or less than before. `connections` are kept for reuse by clients: they count at the end only. */
export async function asBefore(before: Footprint, options: { connections: boolean }, ms = 5_000) {
  const deadline = Date.now() + ms;
  const figures = ({ processes, folders, files, connections }: Footprint) => ({
    processes: processes.length,
    folders,
    files: files.length,
    ...(options.connections ? { connections } : {}),
  });
  const wanted = JSON.stringify(figures(before));
  for (;;) {
    const now = await footprint();
    if (JSON.stringify(figures(now)) === wanted) return;
    if (Date.now() > deadline)
      return expect({ ...figures(now), list: lists(now) }).toEqual({
        ...figures(before),
        list: lists(before),
      });
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** Processes that know our temporary folder: every harness has its private folder there. */
export async function ownProcesses(folder = process.env["TMPDIR"] ?? ""): Promise<string[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const found = pids.map(async (pid) => {
    if (Number(pid) === process.pid) return undefined;
    // A process may end between the two looks, and one that waits for its parent has neither.
    const line = await readFile(`/proc/${pid}/cmdline`, "latin1").catch(() => "");
    const environment = await readFile(`/proc/${pid}/environ`, "latin1").catch(() => "");
    if (!line.includes(folder) && !environment.includes(folder)) return undefined;
    return `${pid} ${line.replaceAll("\0", " ").slice(0, 80)}`;
  });
  return (await Promise.all(found)).filter((each) => each !== undefined);
}

/** What tells most of a difference. */
function lists({ processes, files }: Footprint): string[] {
  return [...processes, ...files.toSorted()];
}

async function openFiles(): Promise<{ files: string[]; connections: number }> {
  const tables = await Promise.all(
    ["tcp", "tcp6"].map((name) => readFile(`/proc/self/net/${name}`, "latin1").catch(() => "")),
  );
  const inodes = new Set(
    tables.flatMap((table) =>
      table.split("\n").flatMap((line) => line.trim().split(/\s+/)[9] ?? []),
    ),
  );
  const files: string[] = [];
  let connections = 0;
  for (const name of await readdir("/proc/self/fd")) {
    // The one that lists the folder is closed by now.
    const target = await readlink(`/proc/self/fd/${name}`).catch(() => undefined);
    if (target === undefined) continue;
    const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
    if (inode !== undefined && inodes.has(inode)) connections++;
    else files.push(target);
  }
  return { files, connections };
}

function isHome(name: string): boolean {
  return name.startsWith("h2m-");
}
