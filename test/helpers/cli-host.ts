import { type ChildProcess, spawn } from "node:child_process";
import type { Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { until } from "./until.ts";

const PROGRAM = fileURLToPath(new URL("cli-host.mjs", import.meta.url));

/** How a command ended, and what it printed. */
export interface Ran {
  readonly code: number | string;
  readonly out: string;
  readonly err: string;
}

export interface Command {
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** What comes on its standard input, a pipe that ends then. */
  readonly input: string;
}

/** Runs commands of the built `h2m`, one after the other, in one process (`cli-host.mjs`), which ends with ours. */
export class CliHost {
  static readonly #all = new Map<string, CliHost>();
  readonly #child: ChildProcess;
  #out = "";
  #err = "";
  #code: { id: number; code: number | string } | undefined;
  #id = 0;
  #last: Promise<unknown> = Promise.resolve();

  /** The one of this build: all test files of our process share it. */
  static of(cli: string): CliHost {
    const known = CliHost.#all.get(cli);
    if (known && known.#child.connected) return known;
    const host = new CliHost(cli);
    CliHost.#all.set(cli, host);
    return host;
  }

  private constructor(cli: string) {
    const child = spawn(process.execPath, [PROGRAM, cli], {
      cwd: "/",
      env: {},
      stdio: ["pipe", "pipe", "pipe", "ipc"],
    });
    child.stdout!.setEncoding("utf8").on("data", (text: string) => (this.#out += text));
    child.stderr!.setEncoding("utf8").on("data", (text: string) => (this.#err += text));
    child.on("message", (message) => (this.#code = message as { id: number; code: number }));
    this.#child = child;
    // It does not keep us; it ends when the channel to us is gone.
    child.unref();
    child.channel?.unref();
    for (const stream of [child.stdin, child.stdout, child.stderr])
      (stream as Socket | null)?.unref();
  }

  run(command: Command): Promise<Ran> {
    const ran = this.#last.then(() => this.#run(command));
    this.#last = ran.catch(() => {});
    return ran;
  }

  async #run(command: Command): Promise<Ran> {
    const id = ++this.#id;
    const end = `\0${id}\0`;
    [this.#out, this.#err] = ["", ""];
    this.#child.send({ id, ...command });
    const done = () => {
      const { exitCode, signalCode } = this.#child;
      if (exitCode !== null || signalCode !== null)
        throw new Error(
          `The host ended (${exitCode ?? signalCode}) at ${command.args}: ${this.#err}`,
        );
      return this.#code?.id === id && this.#out.endsWith(end) && this.#err.endsWith(end);
    };
    await until(`\`h2m ${command.args.join(" ")}\` ends`, done, 50_000);
    const [out, err] = [this.#out, this.#err].map((text) => text.slice(0, -end.length));
    return { code: this.#code!.code, out: out!, err: err! };
  }
}
