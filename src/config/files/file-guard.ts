import { readFile } from "node:fs/promises";
import { isBuiltin } from "node:module";
import { extname } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Jiti } from "jiti";
import { importedNames } from "./imports.ts";

/** Hears of every file of a config before anything of it runs, and may refuse it. */
export interface FileGuard {
  /** The config file. @throws H2mError if it shall not be loaded */
  config(file: string): Promise<void>;
  /** A file that the config, a plugin of it, or one of their own files loads. @throws H2mError if it shall not be loaded */
  code(file: string): Promise<void>;
}

const CODE = [".ts", ".mts", ".cts", ".tsx", ".js", ".mjs", ".cjs", ".jsx"];

export interface LoadedCode {
  /** Its imports are guarded, not the file itself. */
  readonly file: string;
  readonly guard?: FileGuard | undefined;
  /** It resolves as the loader will. */
  readonly jiti: Pick<Jiti, "esmResolve">;
  /** What is given by these names is no file. */
  readonly modules: Readonly<Record<string, unknown>>;
}

/**
 * Asks a guard about the files that a file loads, and that those load, before any of them runs. Of a package the file that is
 * imported stands for the rest; a name that is put together while the code runs is not seen.
 */
export async function guardImports({ file, guard, jiti, modules }: LoadedCode): Promise<void> {
  if (!guard) return;
  const seen = new Set([file]);
  // It grows meanwhile.
  for (const parent of seen) {
    if (!CODE.includes(extname(parent))) continue;
    // A package is its owner's matter as a whole: whoever may write the file may write the others.
    if (parent !== file && parent.includes("/node_modules/")) continue;
    const text = await readFile(parent, "utf8");
    const parentURL = pathToFileURL(parent).href;
    for (const name of importedNames(text)) {
      if (name in modules || isBuiltin(name) || name.startsWith("data:")) continue;
      // What is not there is told by the loader.
      const found = jiti.esmResolve(name, { parentURL, try: true });
      const path = found?.startsWith("file:") ? fileURLToPath(found) : found;
      if (!path?.startsWith("/") || seen.has(path)) continue;
      await guard.code(path);
      seen.add(path);
    }
  }
}
