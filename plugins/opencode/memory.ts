import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { HostIo } from "../../src/plugin.ts";

/**
 * The resident memory of a server in bytes, where the system tells it (Linux). It need not be the process that h2m started: a shim
 * of the user's may run the real program as a child. What the server starts has other arguments, or another environment.
 */
export async function serverMemory({
  plan,
  context,
}: Pick<HostIo, "plan" | "context">): Promise<number | undefined> {
  if (process.platform !== "linux") return undefined;
  const words = `\0${plan.args.join("\0")}\0`;
  const mark = `XDG_DATA_HOME=${join(context.home, "data")}`;
  const found = (await readdir("/proc")).filter(Number).map(async (pid) => {
    // It may end between two looks, or belong to another user: both mean that it is not ours.
    const read = (file: string) => readFile(`/proc/${pid}/${file}`, "utf8").catch(() => "");
    if (!(await read("cmdline")).includes(words)) return [];
    if (!(await read("environ")).split("\0").includes(mark)) return [];
    const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(await read("status"))?.[1];
    return kilobytes === undefined ? [] : [Number(kilobytes) * 1024];
  });
  const sizes = (await Promise.all(found)).flat();
  return sizes.length === 0 ? undefined : Math.max(...sizes);
}
