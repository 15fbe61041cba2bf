import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  writeFile,
} from "node:fs/promises";
import { createHash } from "node:crypto";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeAll, beforeEach, vi } from "vitest";
import { TrustList } from "../../src/config/trust/trust-list.ts";
import { CliHost, type Ran } from "./cli-host.ts";
import { until } from "./until.ts";

export type { Ran } from "./cli-host.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const BUILD = "h2m-cli-";
/** Milliseconds that a build is kept: tests of another state of the sources may run right now with the same `node_modules`. */
const KEPT = 3_600_000;
const FAKE = fileURLToPath(new URL("../fixtures/config/fake-plugin.mjs", import.meta.url));

/** A folder with nothing in it, on a path without links. */
export async function emptyFolder(): Promise<string> {
  return realpath(await mkdtemp(join(tmpdir(), "h2m-cli-")));
}

/** The text of an `h2m.config.mjs` with the fake harness in it. */
export function fakeConfig(options: object = {}, rest = ""): string {
  return `
    import { fake } from ${JSON.stringify(FAKE)};
    export default { harnesses: ["fake"], plugins: [fake(${JSON.stringify(options)})], ${rest} };
  `;
}

export interface CliOptions {
  readonly cwd: string;
  readonly env?: Record<string, string>;
  /** What comes on its standard input. @default nothing */
  readonly input?: string;
  /** How many files and connections it may have open. @default as many as we */
  readonly openFiles?: number;
}

/** A running `h2m`. */
export interface Cli {
  readonly child: ChildProcess;
  stdout(): string;
  stderr(): string;
  /** The first match of a pattern in what it wrote on its standard error. */
  says(pattern: RegExp): Promise<RegExpExecArray>;
  /** Exit code, or the name of the signal. */
  readonly ended: Promise<number | string>;
}

/** Starts the built `h2m` in an environment that has nothing of ours. */
export function start(cli: string, args: readonly string[], options: CliOptions): Cli {
  const limit = options.openFiles === undefined ? "" : `ulimit -n ${options.openFiles}; `;
  const line = [`${limit}exec "$0" "$@"`, process.execPath, cli, ...args];
  const child = spawn("/bin/sh", ["-c", ...line], {
    cwd: options.cwd,
    env: { ...ownEnv(options.cwd), ...options.env },
    stdio: "pipe",
  });
  let out = "";
  let err = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
  if (options.input !== undefined) child.stdin.end(options.input);
  return {
    child,
    stdout: () => out,
    stderr: () => err,
    says: (pattern) => until(`${pattern} in ${err}`, () => pattern.exec(err), 15_000),
    ended: once(child, "close").then(([code, signal]) => (code ?? signal) as number | string),
  };
}

/** The built `h2m` and, for each test, an empty folder to run it in. */
export interface CliWorld {
  readonly folder: string;
  /** Where the built `cli.mjs` is. */
  readonly cli: string;
  /**
   * Runs a command to its end, in one process with those before it, which is several times as quick: for what its text and exit
   * code tell. Nothing comes on its standard input.
   */
  run(...args: string[]): Promise<Ran>;
  /** The same with an environment, an input or a folder of its own. */
  runWith(options: Partial<CliOptions>, ...args: string[]): Promise<Ran>;
  /** Runs a command to its end in a process of its own: where it counts how that begins and ends. */
  runAlone(...args: string[]): Promise<Ran>;
  /** Starts a command whose standard input stays open. */
  start(...args: string[]): Cli;
  /** The same, with few files and connections that may be open. */
  startWith(openFiles: number, ...args: string[]): Cli;
  put(name: string, text: string): Promise<void>;
}

/** For the top of a test file. */
export function useCli(): CliWorld {
  // Each test starts a process or two, and machines differ.
  vi.setConfig({ testTimeout: 60_000 });
  let cli: string;
  let folder: string;
  beforeAll(async () => void (cli = await builtCli()), 120_000);
  beforeEach(async () => void (folder = await emptyFolder()));
  afterEach(() => rm(folder, { recursive: true, force: true }));
  const runWith = (options: Partial<CliOptions>, ...args: string[]) => {
    const { cwd = folder, env = {}, input = "" } = options;
    return CliHost.of(cli).run({ args, cwd, env: { ...ownEnv(cwd), ...env }, input });
  };
  return {
    get folder() {
      return folder;
    },
    get cli() {
      return cli;
    },
    run: (...args) => runWith({}, ...args),
    runWith,
    runAlone: async (...args) => {
      const { ended, stdout, stderr } = start(cli, args, { cwd: folder, input: "" });
      return { code: await ended, out: stdout(), err: stderr() };
    },
    start: (...args) => start(cli, args, { cwd: folder }),
    startWith: (openFiles, ...args) => start(cli, args, { cwd: folder, openFiles }),
    put: (name, text) => put(folder, name, text),
  };
}

/**
 * Where what runs from source under jiti keeps what it has compiled, as a value of TMPDIR: compiling all of it takes twenty times
 * as long as what is looked at.
 */
export async function compiledFolder(): Promise<string> {
  const folder = join(ROOT, "node_modules", ".cache", "h2m-jiti");
  await mkdir(folder, { recursive: true });
  return folder;
}

/** Nothing of the environment of the tests. */
function ownEnv(folder: string): Record<string, string> {
  return {
    PATH: dirname(process.execPath),
    HOME: folder,
    TMPDIR: folder,
    XDG_STATE_HOME: stateOf(folder),
  };
}

/** A build of the sources as they are now, made once for all test files. Gives the path of its `cli.mjs`. */
export async function builtCli(): Promise<string> {
  const base = join(ROOT, "node_modules", ".cache");
  const folder = join(base, `${BUILD}${await sourcesHash()}`);
  const cli = join(folder, "cli.mjs");
  if ((await readFile(cli).catch(() => undefined)) !== undefined) return cli;
  await mkdir(base, { recursive: true });
  for (const old of await readdir(base))
    if (old.startsWith(BUILD) && !old.includes(".") && (await ageOf(join(base, old))) > KEPT)
      await rm(join(base, old), { recursive: true, force: true });
  const draft = `${folder}.${process.pid}`;
  // The builder would log to the standard output.
  process.env["CONSOLA_LEVEL"] = "-999";
  const { build } = await import("unbuild");
  try {
    await build(ROOT, false, { config: join(ROOT, "test/helpers/cli.build.ts"), outDir: draft });
    // Another test file may have been quicker: its build is as good.
    await rename(draft, folder).catch(() => {});
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return cli;
}

async function ageOf(path: string): Promise<number> {
  return Date.now() - ((await stat(path).catch(() => undefined))?.mtimeMs ?? Date.now());
}

async function sourcesHash(): Promise<string> {
  const hash = createHash("sha256");
  for (const room of ["src", "plugins"]) {
    const found = await readdir(join(ROOT, room), { recursive: true, withFileTypes: true });
    const files = found
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
    for (const file of files.toSorted()) hash.update(file).update(await readFile(file));
  }
  return hash.digest("hex").slice(0, 16);
}

/** Writes a file into a folder. A config there is trusted, as by `h2m init`: what untrusted ones meet is told by `cli-trust.test.ts`. */
export async function put(folder: string, name: string, text: string): Promise<void> {
  await writeFile(join(folder, name), text);
  if (name.startsWith("h2m.config.")) await trusted(folder);
}

/** Where an `h2m` of these tests keeps its state. */
export function stateOf(folder: string): string {
  return join(folder, "state");
}

/** As after `h2m trust`. */
export async function trusted(folder: string): Promise<void> {
  await new TrustList(join(stateOf(folder), "h2m", "trust")).add(folder);
}
