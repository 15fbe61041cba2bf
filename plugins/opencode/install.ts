import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  behindStub,
  homeFolder,
  findProgram,
  type HarnessInstall,
  type HarnessOptions,
  packageVersion,
} from "../../src/plugin.ts";

/** The npm package of OpenCode. */
export const PACKAGE = "opencode-ai";

/** What `detect` learned of this machine. */
export interface OpencodeFacts {
  /** The `rg` that glob and grep need; without it OpenCode tries to download one. */
  readonly ripgrep: string | undefined;
  /** The bash on PATH. */
  readonly bash?: string | undefined;
}

/** Finds OpenCode, and the ripgrep that two of its tools need. */
export async function detectOpencode(
  options: HarnessOptions,
): Promise<HarnessInstall<OpencodeFacts> | undefined> {
  const found = await findProgram(options.command ?? "opencode", options.cwd);
  if (found === undefined) return undefined;
  const [ripgrep, bash] = await Promise.all([findRipgrep(), findProgram("bash", NOWHERE)]);
  return {
    // Where npm ran no install scripts, `opencode` only prints so (1.18.33).
    command: await behindStub(found, await platformPrograms()),
    version: await packageVersion(found, PACKAGE),
    facts: { ripgrep, bash },
  };
}

/** Helpers of ours are not looked for in the working folder's `node_modules`: nothing of that folder shall run unasked. */
const NOWHERE = "/";

/** On PATH, or where the user's own OpenCode has put the one that it downloaded. */
async function findRipgrep(): Promise<string | undefined> {
  const cache = process.env["XDG_CACHE_HOME"] || join(homeFolder() ?? "/", ".cache");
  return (await findProgram("rg", NOWHERE)) ?? findProgram(join(cache, "opencode", "bin", "rg"));
}

/** Where the program may stand, the most fitting first. */
async function platformPrograms(): Promise<string[]> {
  const base = `opencode-${process.platform}-${process.arch}`;
  const text = (path: string) => readFile(path, "latin1").catch(() => undefined);
  const musl = (await text("/etc/alpine-release")) === undefined ? "" : "-musl";
  const modern = /\bavx2\b/.test((await text("/proc/cpuinfo")) ?? "");
  // Only x64 has a baseline build; it runs on every such processor.
  const kinds = modern ? ["", "-baseline"] : ["-baseline", ""];
  return kinds.map((kind) => join(base + kind + musl, "bin", "opencode"));
}
