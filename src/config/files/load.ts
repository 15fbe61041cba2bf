import { readFile, stat } from "node:fs/promises";
import { dirname, extname, join, resolve } from "node:path";
import type { Jiti } from "jiti";
import { H2mError } from "../../errors.ts";
import { withoutMark } from "../../kit/json.ts";
import { type FileGuard, guardImports } from "./file-guard.ts";
import { loadError } from "./load-error.ts";
import { noteLoaded } from "./loaded.ts";

const NAME = "h2m.config";
const EXTENSIONS = [".ts", ".mjs", ".js", ".json"];
/** A file that is named may also be of these kinds. */
const MORE_EXTENSIONS = [".mts", ".cjs", ".cts"];

/** A config file as it was written. */
export interface LoadedConfig {
  readonly file: string;
  /** Where its relative paths begin. */
  readonly folder: string;
  readonly config: unknown;
  /** What was read: whoever watches the file finds by it what was written meanwhile. */
  readonly text: string | undefined;
}

export interface LoadOptions {
  /** The only folder that is looked into. */
  readonly folder: string;
  /** A file that must be there, instead. */
  readonly file?: string | undefined;
  /** What an import by these names gives: the package itself, also where no `node_modules` has it. */
  readonly modules: Readonly<Record<string, unknown>>;
  /** Hears of the config file and of all that it loads, before any of it runs. @default everything is loaded */
  readonly guard?: FileGuard | undefined;
}

/** The names that are looked for, for a message. */
export const CONFIG_NAMES = `${NAME}.{ts,mjs,js,json}`;

/**
 * Loads `h2m.config.ts` (or .mjs, .js, .json). `undefined`: there is none.
 * @throws H2mError `bad-config` if it cannot be read, or throws; and what the guard throws
 */
export async function loadConfigFile(options: LoadOptions): Promise<LoadedConfig | undefined> {
  const file = await findConfigFile(options);
  if (file === undefined) return undefined;
  await options.guard?.config(file);
  let text: string | undefined;
  const jiti = await loaderFor(options, (path, read) => {
    if (path === file) text = read;
  });
  await guardImports({ ...options, file, jiti });
  noteLoaded(file);
  // Not loaded with the program: without a config file it would only delay the start.
  const { loadConfig } = await import("c12");
  try {
    const { config } = await loadConfig({
      cwd: dirname(file),
      configFile: file,
      // One place to look: nothing else may add to what the file says.
      rcFile: false,
      globalRc: false,
      packageJson: false,
      dotenv: false,
      extend: false,
      envName: false,
      giget: false,
      // The only layer as it is: c12's own merging drops `undefined` and copies plugins.
      merger: (...layers) => layers.find((layer) => layer !== undefined) as object,
      jiti,
    });
    if (!isModule(config)) return { file, folder: dirname(file), config, text };
  } catch (cause) {
    const hint = "Correct it, or leave it out with `--no-config`.";
    throw await loadError({ what: "The config file", file, hint }, cause);
  }
  throw new H2mError("bad-config", `The config file \`${file}\` has no default export.`, {
    hint: "Write `export default defineConfig({ … })`.",
  });
}

/** Loads the text that a file has now: Node itself would remember what it has once imported. `onRead` hears of each. */
async function loaderFor(
  { modules }: LoadOptions,
  onRead: (file: string, text: string) => void,
): Promise<Jiti> {
  const { createJiti } = await import("jiti");
  const jiti = createJiti(import.meta.url, {
    interopDefault: true,
    moduleCache: false,
    // Its cache would be a folder in the shared temporary folder, from which code is run.
    fsCache: false,
    virtualModules: { ...modules },
  });
  const load = async (file: string): Promise<unknown> => {
    const written = await readFile(file, "utf8");
    onRead(file, written);
    const text = withoutMark(written);
    if (extname(file) === ".json") return JSON.parse(text);
    const options = { filename: file, async: true, forceTranspile: true };
    const module = (await jiti.evalModule(text, options)) as { default?: unknown };
    return module.default ?? module;
  };
  return Object.assign((id: string) => jiti(id), jiti, { import: load }) as Jiti;
}

/** Which file would be loaded. `undefined`: there is none. @throws H2mError `bad-config` if a named one cannot be */
export async function findConfigFile({
  folder,
  file,
}: Pick<LoadOptions, "folder" | "file">): Promise<string | undefined> {
  if (file === undefined) {
    for (const extension of EXTENSIONS) {
      const path = join(folder, NAME + extension);
      if (await isFile(path)) return path;
    }
    return undefined;
  }
  const path = resolve(folder, file);
  if (!(await isFile(path))) {
    throw new H2mError("bad-config", `There is no config file \`${path}\`.`, {
      hint: "Check `--config`, or leave it out to use the one in this folder.",
    });
  }
  const known = [...EXTENSIONS, ...MORE_EXTENSIONS];
  if (known.includes(extname(path))) return path;
  throw new H2mError(
    "bad-config",
    `The config file \`${path}\` is of no kind that can be loaded.`,
    {
      hint: `Its name must end with one of ${known.join(", ")}.`,
    },
  );
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return false;
    throw new H2mError("bad-config", `The config file \`${path}\` cannot be read.`, {
      hint: (error as Error).message,
      cause: error,
    });
  }
}

function isModule(config: unknown): boolean {
  if (typeof config !== "object" || config === null) return false;
  return Object.prototype.toString.call(config) === "[object Module]" || "__esModule" in config;
}
