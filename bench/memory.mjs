import { readFile } from "node:fs/promises";

/** Bytes of memory (RSS) of these processes together; Linux only. */
export async function rssOf(pids) {
  const all = await Promise.all(
    pids.map(async (pid) => {
      const text = await readFile(`/proc/${pid}/status`, "latin1").catch(() => "");
      return Number(/^VmRSS:\s+(\d+) kB/m.exec(text)?.[1] ?? 0) * 1024;
    }),
  );
  return all.reduce((sum, each) => sum + each, 0);
}
