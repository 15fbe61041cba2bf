import { createHash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";

/**
 * What decides between two states of settings: for each name below `folder` a hash of the file's text, or for a folder the names in
 * it and when they changed. What is not there is left out. For {@link HarnessLauncher.listSettings}.
 */
export async function settingsBelow(
  folder: string,
  names: readonly string[],
): Promise<Record<string, unknown>> {
  const found = await Promise.all(
    names.map(async (name) => [name, await stateOf(join(folder, name))]),
  );
  return Object.fromEntries(found.filter(([, state]) => state !== undefined));
}

async function stateOf(path: string): Promise<unknown> {
  try {
    if (!(await stat(path)).isDirectory())
      return createHash("sha256")
        .update(await readFile(path))
        .digest("hex");
    const names = (await readdir(path)).toSorted();
    return await Promise.all(
      names.map(async (name) => [name, (await stat(join(path, name))).mtimeMs]),
    );
  } catch {
    // Not there, or not to be read: the harness has nothing of it either.
    return undefined;
  }
}
