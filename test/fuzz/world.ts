import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { until } from "../helpers/until.ts";

export const TOKEN = "token-of-the-flood-5f2c";
export const ATTACH_KEY = "attach-key-of-the-flood-93ab";

export interface State {
  readonly sockets: number;
  readonly sessions: number;
  readonly hosts: number;
  readonly hostKeys: readonly { name: string; key: string }[];
  /** Errors that no caller was told of, and warnings of Node. */
  readonly troubles: readonly string[];
}

/** An h2m in a child process. */
export class World {
  readonly mcpUrl: URL;
  readonly hijackUrl: URL;
  readonly #child: ChildProcess;
  readonly #over: Promise<unknown[]>;
  #output = "";
  #asked = 0;

  private constructor(child: ChildProcess, urls: { mcpUrl: string; hijackUrl: string }) {
    this.#child = child;
    this.mcpUrl = new URL(urls.mcpUrl);
    this.hijackUrl = new URL(urls.hijackUrl);
    this.#over = once(child, "exit");
    for (const stream of [child.stdout, child.stderr])
      stream?.on("data", (part) => (this.#output = (this.#output + part).slice(-8_000)));
  }

  static async start(): Promise<World> {
    const dist = process.env["H2M_DIST"];
    if (!dist) throw new Error("`setup.mjs` has not run.");
    const env = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !/^(H2M_|NODE_|VITEST)/.test(name)),
    );
    const child = fork(join(import.meta.dirname, "child.mjs"), [dist], {
      execArgv: ["--expose-gc"],
      env: { ...env, FUZZ_TOKEN: TOKEN, FUZZ_ATTACH_KEY: ATTACH_KEY },
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    let early = "";
    child.stderr?.on("data", (part) => (early += part));
    const [urls] = (await Promise.race([
      once(child, "message"),
      once(child, "exit").then(() => Promise.reject(new Error(early))),
    ])) as [{ mcpUrl: string; hijackUrl: string }];
    return new World(child, urls);
  }

  /** How the process ended, if it did. */
  get crash(): string | undefined {
    const { exitCode, signalCode } = this.#child;
    if (exitCode === null && signalCode === null) return undefined;
    return `the process ended with ${exitCode ?? signalCode}: ${this.#output}`;
  }

  state(): Promise<State> {
    return this.#ask("state") as Promise<State>;
  }

  /** Bytes after garbage collection. */
  heap(): Promise<number> {
    return this.#ask("heap") as Promise<number>;
  }

  /** Resolves once idle sessions are reaped and connections gone. */
  async settled(): Promise<void> {
    let last: State | undefined;
    await until(
      "the end of all sessions",
      async () => {
        last = await this.state();
        return last.sessions === 0 && last.sockets === 0 && last.hosts === 0;
      },
      40_000,
    ).catch((cause: unknown) => {
      const { sessions, sockets, hosts } = last ?? {};
      const left = `${sessions} sessions, ${sockets} sockets and ${hosts} hosts`;
      throw new Error(`${left} are left after 40 s without a client.`, { cause });
    });
  }

  /** Closes the server; the process must then end by itself. Gives its exit code. */
  async close(): Promise<unknown> {
    if (this.crash === undefined) await this.#ask("close");
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), 5_000);
    const [code, signal] = await this.#over;
    clearTimeout(timer);
    return signal ?? code;
  }

  async #ask(ask: string): Promise<unknown> {
    const id = ++this.#asked;
    const answered = new Promise((resolve) => {
      const listener = (message: { id: number; answer: unknown }) => {
        if (message.id !== id) return;
        this.#child.off("message", listener);
        resolve(message.answer);
      };
      this.#child.on("message", listener);
    });
    this.#child.send({ id, ask });
    return Promise.race([
      answered,
      this.#over.then(() => Promise.reject(new Error(this.crash ?? "gone"))),
    ]);
  }
}
