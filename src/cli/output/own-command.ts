import { realpathSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";

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
  const name = NAMES.find((each) => here && lasting.some((at) => real(join(at, each)) === here));
  return name === undefined ? ["node", ...process.execArgv, here ?? script] : [name];
}

function real(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    // Nothing is there.
    return undefined;
  }
}
