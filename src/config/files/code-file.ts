import { readFile, realpath } from "node:fs/promises";
import { dirname } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Jiti } from "jiti";
import { type FileGuard, guardImports } from "./file-guard.ts";
import { loadError } from "./load-error.ts";
import { noteLoaded } from "./loaded.ts";

/** Loads files that hold code. Each load takes the text that a file has now. */
export interface CodeLoader {
  readonly jiti: Jiti;
  /** What an import by these names gives. */
  readonly modules: Readonly<Record<string, unknown>>;
}

export interface CodeFile {
  /** It may be a link. */
  readonly path: string;
  readonly guard?: FileGuard | undefined;
  /** For the error of one that cannot be loaded: what it is, and what to do. */
  readonly what: string;
  readonly hint: string;
}

/** Not loaded with the program: without such a file it would only delay the start. */
export async function codeLoader(
  modules: Readonly<Record<string, unknown>>,
  folder: string,
): Promise<CodeLoader> {
  const { createJiti } = await import("jiti");
  const all: Record<string, unknown> = { ...modules };
  const jiti = createJiti(import.meta.url, {
    moduleCache: false,
    // What a file lacks shall not be taken from elsewhere.
    interopDefault: false,
    // Its cache would be a folder in the shared temporary folder, from which code is run.
    fsCache: false,
    virtualModules: all,
  });
  // A folder without zod has ours, and not a second copy of it.
  if (isOurs(jiti, "zod", folder)) all["zod"] = await import("zod");
  return { jiti, modules: all };
}

/** The module of a file, and where the file really is. @throws H2mError `bad-config`, and what the guard throws */
export async function loadCode(
  { path, guard, what, hint }: CodeFile,
  { jiti, modules }: CodeLoader,
): Promise<{ module: unknown; file: string }> {
  await guard?.code(path);
  // A linked package has its dependencies beside its real place.
  const file = await realpath(path);
  await guardImports({ file, guard, jiti, modules });
  noteLoaded(file);
  try {
    const options = { filename: file, async: true, forceTranspile: !file.endsWith(".cjs") };
    return { module: await jiti.evalModule(await readFile(file, "utf8"), options), file };
  } catch (cause) {
    throw await loadError({ what, file, hint }, cause);
  }
}

/** Whether an import from a folder would be given what lies beside h2m itself. */
function isOurs(jiti: Jiti, name: string, folder: string): boolean {
  const from = (parentURL: string) => {
    const found = jiti.esmResolve(name, { parentURL, try: true });
    return found && dirname(found.startsWith("file:") ? fileURLToPath(found) : found);
  };
  const own = from(import.meta.url);
  return own !== undefined && from(pathToFileURL(`${folder}/any.ts`).href) === own;
}
