import { realpathSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";
import { name, version } from "../../../package.json" with { type: "json" };
import type { StartLine } from "../../types/command.ts";

const NAMES = ["h2m", "harness-to-mcp"];

/**
 * What starts this very program from anywhere: its name where PATH has it, else Node and its path. What only `npx` or the working
 * folder puts on PATH is not there for a client.
 */
export function ownCommand(env = process.env, argv = process.argv): readonly string[] {
  const [, script = ""] = argv;
  const here = real(script);
  const folders = (env["PATH"] ?? "").split(delimiter).filter((folder) => isAbsolute(folder));
  const lasting = folders.filter((folder) => !/[\\/]node_modules[\\/]\.bin[\\/]?$/.test(folder));
  const found = NAMES.find((each) => here && lasting.some((at) => real(join(at, each)) === here));
  return found === undefined ? ["node", ...process.execArgv, here ?? script] : [found];
}

/**
 * What starts this very program for a client that knows no PATH of a shell, such as an app: Node and the script, by absolute paths.
 * What `npx` has put into its cache is gone some day: then it is asked for again, in this version.
 */
export function selfLine(argv = process.argv, exec = process.execPath): StartLine {
  const [, script = ""] = argv;
  const here = real(script) ?? script;
  if (/[\\/]_npx[\\/]/.test(here)) return { command: "npx", args: ["-y", `${name}@${version}`] };
  return { command: exec, args: [...process.execArgv, here] };
}

function real(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    // Nothing is there.
    return undefined;
  }
}
