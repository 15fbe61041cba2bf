import { execFile } from "node:child_process";
import { readdir, realpath, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import {
  ancestors,
  findProgram,
  type HarnessInstall,
  type HarnessOptions,
  type JsonObject,
  makeTemporaryFolder,
  packageVersion,
} from "../../src/plugin.ts";
import { modelOf } from "./catalog.ts";

export const PACKAGE = "@openai/codex";

/** What is known of an installed codex after asking it. */
export interface CodexFacts {
  /** The entry of the model catalog that h2m uses; `undefined` if none could be made. */
  readonly model?: JsonObject | undefined;
}

const run = promisify(execFile);
/** The catalog of 0.169 has 0.75 MB. */
const LIMITS = { maxBuffer: 32 * 1024 * 1024, timeout: 20_000 };

/** Finds codex and asks it for its models. The native program is taken where it is found: it starts sooner, and signals reach it. */
export async function detectCodex(
  options: HarnessOptions,
): Promise<HarnessInstall<CodexFacts> | undefined> {
  const wrapper = await findProgram(options.command ?? "codex", options.cwd);
  if (wrapper === undefined) return undefined;
  const command = (await nativeProgram(wrapper)) ?? wrapper;
  const facts = { model: await modelFrom(command) };
  return { command, version: await versionOf(wrapper), facts };
}

/** The native program behind the npm package's wrapper script. */
async function nativeProgram(wrapper: string): Promise<string | undefined> {
  const script = await realpath(wrapper);
  const [root] = ancestors(dirname(script)).filter((folder) => folder.endsWith(`/${PACKAGE}`));
  if (root === undefined) return undefined;
  const vendors = [join(root, "vendor")];
  try {
    const platform = `${PACKAGE}-${process.platform}-${process.arch}`;
    const manifest = createRequire(script).resolve(`${platform}/package.json`);
    vendors.unshift(join(dirname(manifest), "vendor"));
  } catch {
    // Not a package of its own: then it lies within the wrapper's, or nowhere.
  }
  for (const vendor of vendors) {
    for (const target of await readdir(vendor).catch(() => [])) {
      const program = await findProgram(join(vendor, target, "bin", "codex"));
      if (program !== undefined) return program;
    }
  }
  return undefined;
}

async function versionOf(command: string): Promise<string | undefined> {
  const known = await packageVersion(command, PACKAGE);
  if (known !== undefined) return known;
  const text = await output(command, ["--version"]);
  return text === undefined ? undefined : /(?<!\d)\d{1,9}\.\d\S{0,50}/.exec(text)?.[0];
}

async function modelFrom(command: string): Promise<JsonObject | undefined> {
  const bundled = await output(command, ["debug", "models", "--bundled"]);
  return bundled === undefined ? undefined : modelOf(bundled);
}

/** What a command prints, or `undefined` if it fails. It runs with a folder of its own, so that nothing appears in the user's HOME. */
async function output(command: string, args: readonly string[]): Promise<string | undefined> {
  const home = await makeTemporaryFolder("h2m-codex-detect-");
  try {
    const env = { ...process.env, CODEX_HOME: home };
    return (await run(command, [...args], { ...LIMITS, env })).stdout;
  } catch {
    // A version without this command: what depends on it does without, and says so when it starts.
    return undefined;
  } finally {
    await rm(home, { recursive: true, force: true, maxRetries: 5 });
  }
}
