import { execa, type ResultPromise } from "execa";
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { until } from "../helpers/until.ts";

const ROOT = join(import.meta.dirname, "../..");
const CLI = join(ROOT, "dist/cli.mjs");
/** Milliseconds that h2m may take to say its URL. */
const START = 60_000;
/** Milliseconds that what was ended may take to be gone, on a busy machine. */
const END = 15_000;
/** Milliseconds after which the session of a client that left without a word ends here. */
export const GONE = 5_000;
const TOKEN = "token-of-a-user-with-clients";
/** What every line of the page says, and what stands in for it here. */
const WRITTEN_URL = "http://127.0.0.1:9330";

export interface WorldOptions {
  /** Folders of programs, before those of the machine. */
  readonly programs: readonly string[];
  /** The one that the lines name. */
  readonly harness: string;
  /** `false`: it is started. @default true: the fake one stands in for it, under its name */
  readonly fake?: boolean;
}

/** A user's machine in small, with nothing on it but one client and h2m: a HOME, a project, a PATH, no network but loopback. */
export class World {
  readonly root: string;
  readonly home: string;
  readonly project: string;
  readonly env: Readonly<Record<string, string>>;
  readonly #fake: boolean;
  readonly #children: ResultPromise[] = [];
  #url: string | undefined;

  static async create({ programs, harness, fake = true }: WorldOptions): Promise<World> {
    const world = new World(
      await realpath(await mkdtemp(join(tmpdir(), "h2m-c-"))),
      programs,
      fake,
    );
    for (const folder of [world.home, world.project, world.#at("tmp"), world.#at("bin")])
      await mkdir(folder, { recursive: true });
    await mkdir(join(world.home, ".local/state/h2m"), { recursive: true, mode: 0o700 });
    await writeFile(join(world.home, ".local/state/h2m/token"), TOKEN, { mode: 0o600 });
    // A path of this world's own in the command lines: its processes can be told from those of others.
    await symlink(join(ROOT, "src/testing/fake-harness"), world.#at("fake-harness"));
    await writeFile(
      world.#at("h2m.config.ts"),
      config(harness, world.#at("fake-harness/main.mjs")),
    );
    await writeFile(world.#at("bin/h2m"), world.#program(harness));
    await chmod(world.#at("bin/h2m"), 0o755);
    return world;
  }

  private constructor(root: string, programs: readonly string[], fake: boolean) {
    this.root = root;
    this.home = join(root, "home");
    this.project = join(root, "project");
    this.#fake = fake;
    const folders = [
      this.#at("bin"),
      ...programs,
      dirname(process.execPath),
      "/usr/local/bin",
      "/usr/bin",
      "/bin",
    ];
    this.env = {
      PATH: folders.join(delimiter),
      HOME: this.home,
      TMPDIR: this.#at("tmp"),
      LANG: "C.UTF-8",
      TERM: "dumb",
      // Nobody listens there: what is not on loopback is not reached.
      HTTP_PROXY: "http://127.0.0.1:9",
      HTTPS_PROXY: "http://127.0.0.1:9",
      NO_PROXY: "127.0.0.1,localhost",
      // The token of those who set their client up with a variable.
      H2M_TOKEN: TOKEN,
    };
  }

  /** Starts h2m over HTTP. */
  async serve(): Promise<void> {
    const args = ["--config", this.#at("h2m.config.ts")];
    const child = this.start(process.execPath, [CLI, "--port", "0", ...args]);
    let said = "";
    child.stderr?.on("data", (part) => (said += String(part)));
    this.#url = await until(
      "h2m says its URL",
      () => {
        if (child.exitCode !== null) throw new Error(`h2m ended: ${said}`);
        return /http:\/\/127\.0\.0\.1:\d+(?=\/mcp)/.exec(said)?.[0];
      },
      START,
    );
  }

  /** A text of the page, for the port that h2m has here. */
  here(text: string): string {
    return this.#url === undefined ? text : text.replaceAll(WRITTEN_URL, this.#url);
  }

  /** Starts a program in the project's folder, as the leader of a group of its own; it is ended with this world. */
  start(command: string, args: readonly string[], env: Record<string, string> = {}): ResultPromise {
    const child = execa(command, args, {
      cwd: this.project,
      env: { ...this.env, ...env },
      extendEnv: false,
      stdin: "ignore",
      detached: true,
      reject: false,
      all: true,
    });
    this.#children.push(child as ResultPromise);
    return child as ResultPromise;
  }

  /** Runs a line of the page to its end, as a user's shell does. @throws Error if it fails */
  async line(text: string, env: Record<string, string> = {}): Promise<string> {
    const { exitCode, all } = await this.start("sh", ["-c", this.here(text)], env);
    if (exitCode !== 0) throw new Error(`\`${text}\` ended with ${exitCode}: ${String(all)}`);
    return String(all);
  }

  /** Pids of the fake harnesses that run. */
  harnesses(): Promise<number[]> {
    return this.#processes((line) => line.includes(this.#at("fake-harness/main.mjs")));
  }

  /** Ends everything; gives the command lines of what has not gone after that. */
  async end(): Promise<string[]> {
    for (const child of this.#children) if (child.pid !== undefined) signal(child.pid, "SIGTERM");
    await Promise.all(this.#children);
    for (const child of this.#children) if (child.pid !== undefined) signal(-child.pid, "SIGKILL");
    let left = await this.#processes(() => true);
    // The guardian of an h2m ends after it, and looks for what is left first.
    for (const deadline = Date.now() + END; left.length > 0 && Date.now() < deadline;) {
      await sleep(100);
      left = await this.#processes(() => true);
    }
    const lines = await Promise.all(left.map(commandOf));
    for (const pid of left) signal(pid, "SIGKILL");
    await rm(this.root, { recursive: true, force: true, maxRetries: 5 });
    return lines;
  }

  #at(path: string): string {
    return join(this.root, path);
  }

  /** The `h2m` of this world's PATH. Where the fake harness stands in, it takes no other words than those of the page. */
  #program(harness: string): string {
    const run = `exec '${process.execPath}' '${CLI}'`;
    if (!this.#fake) return `#!/bin/sh\n${run} "$@"\n`;
    const words = `[ "$*" = "--stdio --no-config ${harness}" ] || { echo "h2m $*: not as on the page" >&2; exit 64; }`;
    return `#!/bin/sh\n${words}\n${run} --stdio --config '${this.#at("h2m.config.ts")}'\n`;
  }

  /** Processes that were started in this world, by their environment or their command line. */
  async #processes(is: (line: string) => boolean): Promise<number[]> {
    const found: number[] = [];
    for (const name of await readdir("/proc")) {
      if (!/^\d+$/.test(name)) continue;
      const pid = Number(name);
      const line = await commandOf(pid);
      // A process may end between the two looks, or belong to somebody else.
      const env = await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "");
      if (line !== "" && (env + line).includes(`${this.root}/`) && is(line)) found.push(pid);
    }
    return found;
  }
}

/** Everything that a program printed until it ended, and how it did. */
export async function processEnd(program: ResultPromise): Promise<string> {
  const { all, exitCode, signal } = await program;
  return `${String(all)}\nended with ${String(exitCode ?? signal)}`;
}

async function commandOf(pid: number): Promise<string> {
  const line = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
  return line.replaceAll("\0", " ").trim();
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** The fake harness: `shell` runs a command, and about `cwd` the client's person is asked. */
function config(name: string, program: string): string {
  // Not by the package's name: `harness-to-mcp/testing` loads vitest, which takes seconds on a busy machine.
  const fake = JSON.stringify(join(ROOT, "src/testing/fake.ts"));
  const options = { name, driver: true, tools: ["shell"], program };
  return `import { fakePlugin } from ${fake};
export default {
  harnesses: [${JSON.stringify(name)}],
  plugins: [fakePlugin(${JSON.stringify(options)})],
  catalog: false,
  tools: { confirm: ["cwd"] },
  timeouts: { gone: ${GONE} },
};
`;
}
