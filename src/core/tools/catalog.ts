import { createHash } from "node:crypto";
import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { H2mError } from "../../errors.ts";
import { arrayOf, objectOf, parseObject, stringOf } from "../../kit/json.ts";
import type { HarnessInstall, HarnessOptions } from "../../types/harness.ts";
import type { Tool } from "../../types/mcp.ts";
import type { SkippedTool } from "../../types/turn.ts";
import type { Hooks } from "../plugins/hooks.ts";
import { lastingVariables } from "./lasting-variables.ts";
import { isOwnFolder, makeOwnFolder, readOwnFile, replaceOwnFile } from "../files/own-file.ts";

/** The tools of one root turn, before any mapper. */
export interface ToolList {
  readonly tools: readonly Tool[];
  readonly skipped: readonly SkippedTool[];
}

/** What decides which list a harness sends. */
export interface ListKey {
  readonly harness: string;
  readonly install: HarnessInstall;
  readonly options: HarnessOptions;
  readonly cwd: string;
  /** What of the user's own settings decides it; `undefined` where they do not hold. */
  readonly settings: unknown;
}

/** The list of one harness as it was the last time. */
export interface KeptList {
  /** `undefined`: none is kept. */
  read(): Promise<ToolList | undefined>;
  /** The list is this one now. */
  keep(list: ToolList): void;
}

export interface CatalogOptions {
  readonly folder: string;
  /** Of h2m: another one may read the harness's requests otherwise. */
  readonly version: string;
  readonly hooks: Hooks;
  /** Lists are kept, but never taken from what is kept. @default false */
  readonly fresh?: boolean | undefined;
}

/** So many lists are kept; beyond it the oldest go. */
const MOST = 64;
const FORMAT = 1;

/** The tool lists of earlier starts, in files (0600): what answers before a harness has booted. */
export class Catalog {
  readonly #options: CatalogOptions;
  readonly #read = new Map<string, Promise<ToolList | undefined>>();
  #writing: Promise<void> = Promise.resolve();
  #warned = false;

  constructor(options: CatalogOptions) {
    this.#options = options;
  }

  /** The list of one harness. `key` may fail: then nothing is kept. */
  list(key: () => Promise<ListKey>): KeptList {
    const path = async () => this.#path(await key());
    return {
      read: async () => {
        if (this.#options.fresh) return undefined;
        const found = await path().catch(() => undefined); // Whoever starts the harness hears why.
        return found === undefined ? undefined : this.#known(found);
      },
      keep: (list) => {
        this.#writing = this.#writing.then(async () => this.#keep(await path(), list));
        this.#writing = this.#writing.catch((error) => this.#warn(H2mError.from(error)));
      },
    };
  }

  /** Waits until all is written. */
  close(): Promise<void> {
    return this.#writing;
  }

  #path({ harness, install, options, cwd, settings }: ListKey): string {
    const { version, folder } = this.#options;
    // These change no list; the folder does where the user's own settings hold, which may stand in it.
    const { cwd: _, host: __, warm: ___, ...rest } = options;
    const where = options.settings === "user" ? cwd : undefined;
    const parts = [
      FORMAT,
      version,
      harness,
      install,
      rest,
      where,
      settings,
      lastingVariables(process.env),
    ];
    const hash = createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 32);
    return join(folder, `${harness.replaceAll(/[^\w-]/g, "_")}-${hash}.json`);
  }

  #known(path: string): Promise<ToolList | undefined> {
    const known = this.#read.get(path) ?? this.#load(path);
    this.#read.set(path, known);
    return known;
  }

  async #load(path: string): Promise<ToolList | undefined> {
    let text: string | undefined;
    try {
      // What others could have put there would decide what clients are told of the tools.
      if (await isOwnFolder(this.#options.folder)) text = await readOwnFile(path);
    } catch (error) {
      this.#warn(error as Error);
    }
    if (text === undefined) return undefined;
    const list = listOf(text);
    if (!list) this.#warn(new Error(`\`${path}\` is damaged; it is made anew`));
    return list;
  }

  async #keep(path: string, list: ToolList): Promise<void> {
    const before = await this.#known(path);
    const text = textOf(list);
    if (before && textOf(before) === text) return;
    // As a file would give it: without what JSON leaves out.
    this.#read.set(path, Promise.resolve(listOf(text)));
    const { folder } = this.#options;
    await makeOwnFolder(folder);
    await replaceOwnFile(path, text);
    await prune(folder);
  }

  /** Once: without what is kept all goes on, and only more slowly. */
  #warn({ message }: Error): void {
    if (this.#warned) return;
    this.#warned = true;
    const text = `The tool lists cannot be kept in \`${this.#options.folder}\`: ${message}.`;
    this.#options.hooks.emit("warning", { message: text });
  }
}

function textOf(list: ToolList): string {
  return `${JSON.stringify({ format: FORMAT, tools: list.tools, skipped: list.skipped })}\n`;
}

/** `undefined`: it is no list. */
function listOf(text: string): ToolList | undefined {
  const { format, tools, skipped } = parseObject(text) ?? {};
  if (format !== FORMAT || !arrayOf(tools)?.every(isTool) || !arrayOf(skipped)?.every(isSkipped))
    return undefined;
  return { tools: tools as Tool[], skipped: skipped as SkippedTool[] };
}

function isTool(value: unknown): boolean {
  const { name, description, inputSchema } = objectOf(value) ?? {};
  return (
    stringOf(name) !== undefined &&
    (description === undefined || stringOf(description) !== undefined) &&
    objectOf(inputSchema) !== undefined
  );
}

function isSkipped(value: unknown): boolean {
  const { name, type } = objectOf(value) ?? {};
  return stringOf(type) !== undefined && (name === undefined || stringOf(name) !== undefined);
}

/** Also what a killed process left. */
async function prune(folder: string): Promise<void> {
  const names = await readdir(folder);
  if (names.length <= MOST) return;
  const found = await Promise.all(
    names.map(async (name) => {
      const path = join(folder, name);
      // Another process may be quicker.
      return { path, time: (await stat(path).catch(() => undefined))?.mtimeMs ?? 0 };
    }),
  );
  const old = found.toSorted((a, b) => b.time - a.time).slice(MOST);
  await Promise.all(old.map(({ path }) => rm(path, { force: true })));
}
