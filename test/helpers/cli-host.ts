import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
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

/** Runs commands of the built `h2m`, one after the other, in one process (`cli-host.mjs`). */
export class CliHost {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  #out = "";
  #err = "";
  #code: { id: number; code: number | string } | undefined;
  #id = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(cli: string) {
    const child = spawn(process.execPath, [PROGRAM, cli], {
      cwd: "/",
      env: {},
      stdio: ["pipe", "pipe", "pipe", "ipc"],
    });
    child.stdout!.setEncoding("utf8").on("data", (text: string) => (this.#out += text));
    child.stderr!.setEncoding("utf8").on("data", (text: string) => (this.#err += text));
    child.on("message", (message) => (this.#code = message as { id: number; code: number }));
    this.#child = child;
    // Not `close`: after a `disconnect` Node 20 does not tell it.
    this.#ended = once(child, "exit");
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

  async end(): Promise<void> {
    if (this.#child.connected) this.#child.disconnect();
    await this.#ended;
  }
}
