import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createH2m, type H2m, type H2mConfig } from "../../src/index.ts";

/** Milliseconds that a harness may take to start. */
export const CONNECT = 100_000;

/** A user's machine in small: a HOME with settings of its own, a project folder, a temporary folder. */
export class World {
  readonly root: string;
  readonly home: string;
  readonly project: string;
  readonly temporary: string;
  readonly #saved = { ...process.env };
  readonly #clients: Client[] = [];
  #h2m: H2m | undefined;
  readonly troubles: string[] = [];

  static async create(): Promise<World> {
    const world = new World(await realpath(await mkdtemp(join(tmpdir(), "world-"))));
    for (const folder of [
      world.home,
      world.project,
      world.temporary,
      join(world.home, "xdg-config"),
    ]) {
      await mkdir(folder, { recursive: true });
    }
    await writeFile(join(world.home, ".gitconfig"), "[user]\n\tname = Ada Lovelace\n");
    await writeFile(join(world.home, ".npmrc"), "registry=http://registry.example.test/\n");
    // What `npm run` adds to the environment is not the user's.
    for (const name of Object.keys(process.env)) if (/^npm_/i.test(name)) delete process.env[name];
    Object.assign(process.env, {
      HOME: world.home,
      TMPDIR: world.temporary,
      XDG_CONFIG_HOME: join(world.home, "xdg-config"),
      // What npm itself keeps (caches, logs) is not the harness's doing.
      npm_config_cache: join(world.root, "npm-cache"),
      H2M_TOKEN: "token-of-the-user",
      ANTHROPIC_API_KEY: "real-key-of-the-user",
      OPENAI_API_KEY: "real-key-of-the-user",
    });
    return world;
  }

  private constructor(root: string) {
    this.root = root;
    this.home = join(root, "home");
    this.project = join(root, "project");
    this.temporary = join(root, "tmp");
  }

  async serve(config: H2mConfig = {}): Promise<H2m> {
    const server = { port: 0, token: "mcp-token-1", attachKey: "attach-key-1" };
    this.#h2m = await createH2m({
      // Nothing shall appear in the user's HOME, and each list be the harness's own.
      catalog: false,
      cwd: this.project,
      server,
      // A busy machine takes its time: opencode alone needs seconds of CPU to start.
      timeouts: { connect: CONNECT },
      ...config,
    });
    this.#h2m.on("error", ({ error }) => this.troubles.push(error.stack ?? error.message));
    this.#h2m.on("warning", ({ message }) => this.troubles.push(message));
    return this.#h2m;
  }

  get h2m(): H2m {
    if (!this.#h2m) throw new Error("call serve() first");
    return this.#h2m;
  }

  /** A client with a session of its own, or a shared one by path. */
  async client(path = ""): Promise<Client> {
    const client = new Client({ name: "live-test", version: "1" });
    const requestInit = { headers: { authorization: `Bearer ${this.h2m.token}` } };
    await client.connect(
      new StreamableHTTPClientTransport(new URL(this.h2m.mcpUrl + path), { requestInit }),
    );
    this.#clients.push(client);
    return client;
  }

  async end(): Promise<void> {
    for (const client of this.#clients) await client.close();
    await this.#h2m?.close();
    for (const name of Object.keys(process.env))
      if (!(name in this.#saved)) delete process.env[name];
    Object.assign(process.env, this.#saved);
    await rm(this.root, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Ends the MCP session of a client, as DELETE does. */
export async function endSession(client: Client): Promise<void> {
  await (client.transport as StreamableHTTPClientTransport).terminateSession();
  await client.close();
}

/**
 * A command that leaves a session leader behind and prints `left`. Not before the leader has its session: Codex ends the process
 * group of a command that is over (seen at 0.171.0, where `setsid` had not run yet on a busy machine).
 */
export function leaveDetached(mark: string): string {
  return `echo "$(setsid sh -c 'sleep ${mark} >/dev/null 2>&1 </dev/null & echo left')"`;
}

/** The pids of processes whose command line holds a text. */
export async function processesWith(text: string): Promise<number[]> {
  const found: number[] = [];
  for (const name of await readdir("/proc")) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    // A process may end between the two looks.
    const line = await readFile(`/proc/${name}/cmdline`, "utf8").catch(() => "");
    if (line.replaceAll("\0", " ").includes(text)) found.push(Number(name));
  }
  return found;
}

/** Waits until a condition holds, for at most `ms`. */
export async function until(
  what: string,
  ms: number,
  holds: () => Promise<boolean> | boolean,
): Promise<void> {
  const end = Date.now() + ms;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`not within ${ms} ms: ${what}`);
    await sleep(25);
  }
}

/** Every file and folder below a folder. */
export async function treeOf(folder: string): Promise<string[]> {
  return (await readdir(folder, { recursive: true })).toSorted();
}
