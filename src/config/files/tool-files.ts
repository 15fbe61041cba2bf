import type { Dirent } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { basename, extname, join, resolve } from "node:path";
import { H2mError } from "../../errors.ts";
import type { H2mConfig } from "../../types/config.ts";
import type { LocalTool, ToolFolder } from "../../types/tool.ts";
import { isFolder, toolProblem } from "../schema/tool-shape.ts";
import { type CodeLoader, codeLoader, loadCode } from "./code-file.ts";
import { noteFolder } from "./loaded.ts";
import type { PluginSource } from "./plugin-file.ts";

const CODE = new Set([".ts", ".mts", ".js", ".mjs"]);
/** Beside the tools stand their tests and types, and what they share. */
const NO_TOOL = /^[._]|\.d\.[mc]?ts$|\.(test|spec)\.[mc]?[jt]s$/;

export interface ToolSource extends PluginSource {
  /** Hears of a file that cannot be loaded any more, whose tool stays as it was. @default it is told on the standard error */
  readonly warn?: ((message: string) => void) | undefined;
}

/** The last tool of each file that could be loaded, in this process. */
const last = new Map<string, LocalTool>();

/**
 * Loads the files and folders that `tools.local` names: each file with one tool as its default export. A file that was loaded
 * before and is broken now keeps its tool, and says why.
 * @throws H2mError `bad-config`, naming the file, and what the guard throws
 */
export async function withTools<C extends Pick<H2mConfig, "tools">>(
  config: C,
  source: ToolSource,
): Promise<C> {
  const { local } = config.tools ?? {};
  if (!local?.some((entry) => typeof entry === "string")) return config;
  const loader = await codeLoader(await source.modules(), source.folder);
  const loaded: (LocalTool | ToolFolder)[] = [];
  for (const [place, entry] of local.entries())
    loaded.push(
      typeof entry === "string"
        ? await loadedFrom(entry, `tools.local[${place}]`, source, loader)
        : entry,
    );
  return { ...config, tools: { ...config.tools, local: loaded } };
}

/** All tools of `tools.local`, one after another. */
export function toolsIn(local: readonly (LocalTool | ToolFolder)[]): LocalTool[] {
  return local.flatMap((entry) => (isFolder(entry) ? entry.tools : [entry]));
}

/** The folders and files that they were loaded from. */
export function foldersIn(local: readonly (LocalTool | ToolFolder)[]): string[] {
  return local.flatMap((entry) => (isFolder(entry) ? [entry.path] : []));
}

async function loadedFrom(
  entry: string,
  key: string,
  source: ToolSource,
  loader: CodeLoader,
): Promise<ToolFolder> {
  const path = resolve(source.folder, entry);
  // Also what is not there yet: a tool that may write it would write code that runs.
  noteFolder(path);
  const tools: LocalTool[] = [];
  for (const file of await filesAt(path, key)) tools.push(await toolOf(file, source, loader));
  return { path, tools };
}

async function filesAt(path: string, key: string): Promise<string[]> {
  let entries: Dirent[];
  try {
    if ((await stat(path)).isFile()) return [path];
    entries = await readdir(path, { withFileTypes: true });
  } catch (cause) {
    throw new H2mError("bad-config", `There is no file or folder \`${path}\` (\`${key}\`).`, {
      hint: "A relative path begins at the config file's folder.",
      cause,
    });
  }
  return entries
    .filter((entry) => !entry.isDirectory() && CODE.has(extname(entry.name)))
    .filter(({ name }) => !NO_TOOL.test(name))
    .map(({ name }) => join(path, name))
    .toSorted();
}

async function toolOf(path: string, source: ToolSource, loader: CodeLoader): Promise<LocalTool> {
  try {
    const tool = await read(path, source, loader);
    last.set(path, tool);
    return tool;
  } catch (error) {
    const known = last.get(path);
    // Whose code it is has changed: nothing of it runs.
    const { code, text } = H2mError.from(error);
    if (!known || code === "untrusted") throw error;
    source.warn?.(`The tool \`${known.name}\` stays as it was: ${text}`);
    return known;
  }
}

async function read(path: string, source: ToolSource, loader: CodeLoader): Promise<LocalTool> {
  const what = "The tool file";
  const hint = "Correct it, or take it out of `tools.local`.";
  const { module } = await loadCode({ path, guard: source.guard, what, hint }, loader);
  const found = (module as { default?: unknown }).default;
  if (found === undefined)
    throw new H2mError("bad-config", `The tool file \`${path}\` has no default export.`, {
      hint: `Write \`export default defineTool({ … })\`; a file that is no tool begins with \`_\`: \`_${basename(path)}\`.`,
    });
  const problem = toolProblem(found);
  if (problem === undefined) return found as LocalTool;
  throw new H2mError("bad-config", `The default export of \`${path}\` ${problem}.`, {
    hint: "Write `export default defineTool({ name, description, input: z.object({ … }), handler })`.",
  });
}
