// What the machine knows of the server: its open files, and the processes that it is answerable for. Linux only.
import { readdir, readFile, readlink } from "node:fs/promises";

/** Random numbers that a seed repeats (mulberry32). */
export function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Waits until something is so. @throws if it is not within `ms` */
export async function until(what, ms, look) {
  const end = Date.now() + ms;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`not within ${ms / 1000} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** How many files and pipes a process has open, without its TCP connections. */
export async function openFiles(pid) {
  const tables = await Promise.all(
    ["tcp", "tcp6"].map((name) => readFile(`/proc/${pid}/net/${name}`, "latin1").catch(() => "")),
  );
  const connections = new Set(
    tables.flatMap((table) => table.split("\n").map((line) => line.trim().split(/\s+/)[9] ?? "")),
  );
  const names = await readdir(`/proc/${pid}/fd`);
  const targets = names.map((name) => readlink(`/proc/${pid}/fd/${name}`).catch(() => undefined));
  return (await Promise.all(targets)).filter(
    (target) => target !== undefined && !connections.has(/^socket:\[(\d+)\]$/.exec(target)?.[1]),
  ).length;
}

/** Processes that know a folder, by their command line or environment; but not `but`. */
export async function processesOf(folder, but = []) {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const found = pids.map(async (pid) => {
    if (Number(pid) === process.pid || but.includes(Number(pid))) return undefined;
    // It may end between the two looks.
    const read = (file) => readFile(`/proc/${pid}/${file}`, "latin1").catch(() => "");
    const line = await read("cmdline");
    if (!line.includes(folder) && !(await read("environ")).includes(folder)) return undefined;
    return `${pid} ${line.replaceAll("\0", " ").slice(0, 100)}`;
  });
  return (await Promise.all(found)).filter((each) => each !== undefined);
}
