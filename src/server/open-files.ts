import { readFileSync } from "node:fs";

/** Where the system does not tell: what most of them allow at least. */
const USUAL = 256;

/** How many files and sockets this process may have open at once. Node raises it to the hard limit when it starts. */
export function openFileLimit(): number {
  if (process.platform !== "linux") return USUAL * 4;
  try {
    const limits = readFileSync("/proc/self/limits", "utf8");
    const said = /^Max open files +(\S+)/m.exec(limits)?.[1];
    return said === "unlimited" ? Infinity : Number(said ?? USUAL) || USUAL;
  } catch {
    // A container without /proc: the safe guess.
    return USUAL;
  }
}
