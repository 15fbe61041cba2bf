import { access, constants, readFile, realpath, stat } from "node:fs/promises";
import { delimiter, dirname, isAbsolute, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { objectOf, parseObject, stringOf } from "./json.ts";

/**
 * Finds a program and gives its absolute path: a path as it is (relative to `cwd`), a name on PATH, then in `node_modules/.bin` of
 * the folders above h2m itself. Not in that of the working folder, which may be a clone of somebody else's. `undefined` if it is
 * nowhere.
 */
export async function findProgram(
  command: string,
  cwd: string = process.cwd(),
): Promise<string | undefined> {
  if (isAbsolute(command) || command.includes("/")) {
    const path = resolve(cwd, command);
    return (await isExecutable(path)) ? path : undefined;
  }
  const onPath = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  const here = dirname(fileURLToPath(import.meta.url));
  const bins = ancestors(here).map((folder) => join(folder, "node_modules", ".bin"));
  for (const folder of [...onPath, ...bins]) {
    // A harness is started in another folder than a relative one on PATH means.
    const path = resolve(folder, command);
    if (await isExecutable(path)) return path;
  }
  return undefined;
}

/** The `version` of the npm package that a program belongs to, read without running it. */
export async function packageVersion(
  program: string,
  packageName: string,
): Promise<string | undefined> {
  for (const folder of ancestors(dirname(await realpath(program)))) {
    const text = await readFile(join(folder, "package.json"), "utf8").catch(() => undefined);
    const found = text === undefined ? undefined : objectOf(parseObject(text));
    if (found?.["name"] === packageName) return stringOf(found["version"]);
  }
  return undefined;
}

/** The folder and every folder above it. */
export function ancestors(folder: string): string[] {
  const found = [folder];
  for (let at = folder; dirname(at) !== at; at = dirname(at)) found.push(dirname(at));
  return found;
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    // Absent or not executable: either way it is not the program.
    return false;
  }
}
