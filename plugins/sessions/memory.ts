import { readdir, readFile } from "node:fs/promises";

interface Process {
  readonly parent: number;
  /** Bytes in memory now. */
  readonly bytes: number;
}

/**
 * Bytes that processes and all below them have in memory, by pid. Pages that several of them share are counted in each, so that the
 * sum is more than the machine gives. Empty where the system has no `/proc` (macOS).
 */
export async function memoryOf(pids: readonly number[]): Promise<ReadonlyMap<number, number>> {
  if (pids.length === 0) return new Map();
  const all = await processes();
  const children = new Map<number, number[]>();
  for (const [pid, { parent }] of all) children.set(parent, [...(children.get(parent) ?? []), pid]);
  const known = pids.filter((pid) => all.has(pid));
  return new Map(known.map((pid) => [pid, sumBelow(pid, all, children)]));
}

function sumBelow(
  root: number,
  all: ReadonlyMap<number, Process>,
  children: ReadonlyMap<number, readonly number[]>,
): number {
  // Processes were looked at one by one: a number that was given anew meanwhile may make a circle.
  const seen = new Set<number>();
  const open = [root];
  let bytes = 0;
  for (let pid = open.pop(); pid !== undefined; pid = open.pop()) {
    if (seen.has(pid)) continue;
    seen.add(pid);
    bytes += all.get(pid)?.bytes ?? 0;
    open.push(...(children.get(pid) ?? []));
  }
  return bytes;
}

async function processes(): Promise<Map<number, Process>> {
  const found = new Map<number, Process>();
  // No /proc: nothing is known.
  const names = await readdir("/proc").catch(() => []);
  const pids = names.filter((name) => /^\d+$/.test(name));
  await Promise.all(
    pids.map(async (pid) => {
      // One that has ended meanwhile, or that the system hides, is none.
      const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
      const parent = /^PPid:\s+(\d+)/m.exec(status)?.[1];
      const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? "0";
      if (parent !== undefined)
        found.set(Number(pid), { parent: Number(parent), bytes: Number(kilobytes) * 1024 });
    }),
  );
  return found;
}
