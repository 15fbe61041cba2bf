import { createHash } from "node:crypto";
import type { Plugin } from "../../types/plugin.ts";
import { type Source, sourcesOf } from "./sources.ts";

/** The config and plugin files that this process has loaded, also those of a config that was given up later. */
const files = new Set<string>();
const folders = new Set<string>();
const wanted = new Map<string, Source>();
const origins = new WeakMap<Plugin, string>();

/** A config or plugin file is being loaded: from now on it steers this process. */
export function noteLoaded(file: string): void {
  files.add(file);
}

/** Whatever code stands in this folder is loaded with the config, also what comes into it later. */
export function noteFolder(folder: string): void {
  folders.add(folder);
}

/** Those folders. */
export function loadedFolders(): readonly string[] {
  return [...folders];
}

/** Those files. */
export function loadedFiles(): readonly string[] {
  return [...files];
}

/** A plugin is looked for by its name, as a file at `path` would import it. */
export function notePlugin(name: string, path: string): void {
  wanted.set(`${name}\0${path}`, { path, text: `import ${JSON.stringify(name)}` });
}

/** The names of plugins that were looked for, as files that import them. */
export function pluginsLookedFor(): readonly Source[] {
  return [...wanted.values()];
}

/** Notes what a plugin was made of: another file, another text, or other options give another mark. */
export function noteOrigin(plugin: Plugin, file: string, options: unknown): void {
  const mark = markOf([file], options);
  if (mark !== undefined) origins.set(plugin, mark);
}

/** `undefined`: it was made in the config itself, where nobody sees of what. */
export function originOf(plugin: Plugin): string | undefined {
  return origins.get(plugin);
}

/** A mark of everything that was loaded so far, as it is on the disk now. */
export function markOfLoaded(): string {
  return files.size === 0 ? "" : (markOf([...files], undefined) ?? "");
}

/** `undefined`: the options are more than JSON can say, such as a function. */
function markOf(entries: readonly string[], options: unknown): string | undefined {
  const told = plain(options);
  if (told === undefined) return undefined;
  const hash = createHash("sha256").update(told);
  for (const { path, text } of sourcesOf(entries)) hash.update(`\0${path}\0`).update(text);
  return hash.digest("hex");
}

function plain(options: unknown): string | undefined {
  if (options === undefined) return "";
  let whole = true;
  const text = JSON.stringify(options, (_, value: unknown) => {
    if (["function", "symbol", "bigint"].includes(typeof value)) whole = false;
    return typeof value === "bigint" ? "" : value;
  });
  return whole ? text : undefined;
}
