import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Jiti } from "jiti";
import { H2mError } from "../../errors.ts";
import { codeLoader, loadCode } from "./code-file.ts";
import type { FileGuard } from "./file-guard.ts";
import { notePlugin } from "./loaded.ts";

/** Where the plugins of a config are looked for. */
export interface PluginSource {
  /** The config file's folder. */
  readonly folder: string;
  /** What an import by these names gives: the running package itself, also where no `node_modules` has it. */
  modules(): Promise<Readonly<Record<string, unknown>>>;
  /** Hears of each plugin's file, and of what it loads, before any of it runs. @default everything is loaded */
  readonly guard?: FileGuard | undefined;
}

/**
 * The default export of a plugin's file: a package's, looked for from the config's folder and then beside h2m itself, or that
 * at a path; and that file. `label` names the plugin in errors. Each call loads the text that the file has now.
 * @throws H2mError `bad-config`, and what the guard throws
 */
export async function loadPluginFile(
  name: string,
  label: string,
  source: PluginSource,
): Promise<{ found: unknown; file: string }> {
  const loader = await codeLoader(await source.modules(), source.folder);
  const found = await find(loader.jiti, name, label, source.folder);
  const guard = found.ours ? undefined : source.guard;
  const hint = `Correct the plugin ${label}, or take it out of \`plugins\`.`;
  const code = { path: found.path, guard, what: "The plugin file", hint };
  const { module, file } = await loadCode(code, loader);
  if (!isModule(module)) return { found: module, file };
  if (module.default !== undefined) return { found: module.default, file };
  throw new H2mError("bad-config", `The plugin ${label} has no default export: \`${file}\`.`, {
    hint: "It must export a plugin, or a function of options that gives one: `export default definePlugin({ … })`.",
  });
}

interface Found {
  readonly path: string;
  /** It stands beside h2m itself: whoever may write it may write h2m. */
  readonly ours: boolean;
}

async function find(jiti: Jiti, name: string, label: string, folder: string): Promise<Found> {
  const isPath = /^(\.{1,2}\/|\/|file:)/.test(name);
  const wanted = isPath && !name.startsWith("file:") ? resolve(folder, name) : name;
  if (!isPath) notePlugin(name, join(folder, "h2m.config.ts"));
  for (const from of isPath ? [folder] : [folder, import.meta.url]) {
    const parentURL = from.startsWith("file:") ? from : pathToFileURL(join(from, "h2m.config.ts"));
    const found = jiti.esmResolve(wanted, { parentURL, try: true });
    if (!found) continue;
    const path = found.startsWith("file:") ? fileURLToPath(found) : found;
    return { path, ours: from === import.meta.url };
  }
  if (isPath)
    throw new H2mError("bad-config", `There is no file \`${wanted}\` for the plugin ${label}.`, {
      hint: "A relative path begins at the config file's folder.",
    });
  throw new H2mError("bad-config", `The plugin ${label} is not installed.`, {
    hint: `Install it: \`npm install ${packageOf(name)}\` in \`${folder}\`. A path to a file begins with \`./\`.`,
  });
}

/** `@scope/name/sub` is in the package `@scope/name`. */
function packageOf(name: string): string {
  return name.split("/", name.startsWith("@") ? 2 : 1).join("/");
}

function isModule(value: unknown): value is { default?: unknown } {
  if (typeof value !== "object" || value === null) return false;
  return Object.prototype.toString.call(value) === "[object Module]" || "__esModule" in value;
}
