import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
/** Rooms whose tests are run by other commands. */
const OTHERS = ["live", "clients", "faults", "fuzz", "attack", "mcp", "soak"];
/**
 * What others in the same process would meet, though `helpers/each-file.ts` puts back what can be put back: modules, listeners,
 * and the memory of the compiler (starting a process takes longer the more of it ours has).
 */
const OWN_PROCESS = /process\.(on|off|umask|exit)|vi\.(mock|resetModules)|from "typescript"/;

/**
 * The test files that may run in one process, one after the other: loading the sources anew for each takes longer than what they
 * do. The paths begin at the root of the repository.
 */
export function sharingFiles(): string[] {
  return ["test", "templates"].flatMap((room) =>
    readdirSync(join(ROOT, room), { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".test.ts") && !path.includes("node_modules"))
      .filter((path) => !OTHERS.includes(path.split("/")[0] ?? ""))
      .map((path) => `${room}/${path}`)
      .filter((path) => !OWN_PROCESS.test(readFileSync(join(ROOT, path), "utf8"))),
  );
}
