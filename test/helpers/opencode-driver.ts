import type { OpencodeFacts } from "../../plugins/opencode/install.ts";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { driveOpencode } from "../../plugins/opencode/driver.ts";
import { SEAL } from "../../plugins/opencode/inside.ts";
import type { HarnessDriver, HostIo, Outgoing, Seat } from "../../src/plugin.ts";
import { HandedCalls } from "./handed-calls.ts";
import { OpencodeServe } from "./opencode-serve.ts";

export const SECRET = "pass-word-1";

/** The driver of opencode, what it told its host, and the server that it drives. */
export class OpencodeDriverWorld {
  readonly calls = new HandedCalls();
  readonly bound: [string, string][] = [];
  readonly warnings: string[] = [];
  /** Resident bytes of the process. */
  memory = 0;
  readonly exit = new AbortController();
  readonly serve: OpencodeServe;
  readonly home: string;
  readonly driver: HarnessDriver;
  readonly #listeners: ((line: string) => void)[] = [];

  static async create(): Promise<OpencodeDriverWorld> {
    const world = await OpencodeDriverWorld.starting();
    world.say(`opencode server listening on http://127.0.0.1:${world.serve.port}`);
    return world;
  }

  /** Its process has not said yet where it listens. */
  static async starting(): Promise<OpencodeDriverWorld> {
    const home = await mkdtemp(join(tmpdir(), "opencode-home-"));
    await writeFile(join(home, SEAL), "");
    return new OpencodeDriverWorld(await OpencodeServe.start(), home);
  }

  /** The kinds of events that it passed on. */
  readonly unknown: string[] = [];

  /** A line of its process's output. */
  say(line: string): void {
    for (const listener of this.#listeners) listener(line);
  }

  /** Sends a call, and tells how it goes out. */
  send(seat: Seat, id: string, name = "bash"): Outgoing {
    return this.driver.send!(seat, { id, name, arguments: {} }, this.calls.out(id));
  }

  private constructor(serve: OpencodeServe, home: string) {
    this.serve = serve;
    this.home = home;
    const context = {
      install: { command: "opencode", facts: { ripgrep: "/bin/rg" } },
      options: {},
      prompt: "go",
      cwd: "/",
      home,
      origin: "http://127.0.0.1:1/x",
      token: "k",
      secret: SECRET,
    };
    const host: HostIo<OpencodeFacts> = {
      plan: { command: "opencode", args: [] },
      context,
      pid: 1,
      exited: this.exit.signal,
      write: () => {},
      onLine: (listener) => this.#listeners.push(listener),
      onPost: () => {},
      run: () => Promise.reject(new Error("nothing runs here")),
      bind: (id, conversation) => this.bound.push([id, conversation]),
      notice: () => {},
      unknown: (kind) => this.unknown.push(kind),
      warn: (message) => this.warnings.push(message),
      kill: () => {},
    };
    this.driver = driveOpencode(host, async () => this.memory);
  }

  async end(): Promise<void> {
    this.exit.abort(new Error("it has ended"));
    await this.serve.stop();
    await rm(this.home, { recursive: true });
  }
}

export const seatAt = (id: string, cwd: string, env: Record<string, string> = {}): Seat => ({
  id,
  token: "t",
  cwd,
  env,
  prompt: "go",
});
