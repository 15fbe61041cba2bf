import { stat } from "node:fs/promises";
import { reachingUs } from "../../kit/no-proxy.ts";
import { H2mError } from "../../errors.ts";
import type { LaunchPlan } from "../../types/harness.ts";
import { type Child, startChild } from "./child.ts";
import { environmentFor } from "./environment.ts";
import { everyStep } from "../../kit/every-step.ts";
import type { Guardian } from "./guardian.ts";
import type { Home } from "./home.ts";
import { randomSecret } from "../../kit/secrets.ts";
import { endGroup, endLeftovers, LAUNCH_MARK } from "./leftovers.ts";
import { Lines } from "./lines.ts";
import { Tail } from "./tail.ts";

/** How long a program that has ended is listened to, in ms: while its last output comes, and at most. */
const QUIET = 100;
const LAST_WORDS = 600;

export interface SpawnOptions {
  readonly plan: LaunchPlan;
  readonly home: Home;
  readonly guardian: Guardian;
  readonly cwd: string;
  /** Root of the hijack API, which no proxy of the user's can reach. */
  readonly origin: string;
  /** The user's own arguments and environment for this harness. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>> | undefined;
  warn(message: string): void;
}

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
}

/** The process of a host: its streams, its end, and the end of all that carries its mark. */
export class HostProcess {
  readonly pid: number;
  readonly exit: Promise<Exit>;
  readonly #child: Child;
  readonly #home: Home;
  readonly #guardian: Guardian;
  readonly #marks: Set<string>;
  readonly #listeners: ((line: string) => void)[] = [];
  readonly #lines: Lines;
  readonly #stderr = new Tail();
  readonly #stdout = new Tail();
  #exited = false;

  /** @throws H2mError `harness-exited` if the program cannot be started at all */
  static async spawn(options: SpawnOptions): Promise<HostProcess> {
    const { plan, guardian, cwd, origin, args, env } = options;
    const mark = randomSecret();
    guardian.watch(mark);
    if (plan.cwd !== undefined) await checkFolder(cwd);
    const child = await startChild(plan.command, [...plan.args, ...args], {
      cwd: plan.cwd ?? cwd,
      env: reachingUs(
        environmentFor(process.env, plan.env, env, plan.fixedEnv, { [LAUNCH_MARK]: mark }),
        origin,
      ),
    });
    return new HostProcess(child, mark, options);
  }

  private constructor(child: Child, mark: string, { home, guardian, warn }: SpawnOptions) {
    this.pid = child.pid;
    this.#child = child;
    this.#home = home;
    this.#marks = new Set([mark]);
    this.#guardian = guardian;
    guardian.group(child.pid);
    child.stderr.on("data", (chunk: Buffer) => this.#stderr.add(chunk));
    child.stdout.on("data", (chunk: Buffer) => this.#stdout.add(chunk));
    this.#lines = new Lines(child.stdout, {
      onLine: (line) => {
        for (const listener of this.#listeners) listener(line);
      },
      onTooLong: (limit) =>
        warn(`it printed a line of more than ${limit / 1024 / 1024} MB, which was left out`),
    });
    // Not the end of its output: what it started may hold that open for hours.
    this.exit = new Promise((resolve) => {
      child.once("exit", (code, signal) => {
        this.#exited = true;
        void this.#lastWords().then(() => resolve({ code, signal }));
      });
    });
  }

  /** The end of what the program printed, for error messages. */
  get tail(): string {
    return this.#stderr.text || this.#stdout.text;
  }

  onLine(listener: (line: string) => void): void {
    this.#listeners.push(listener);
  }

  write(text: string): void {
    this.#child.stdin.write(text);
  }

  /** Closes the standard input, after a last text. */
  endInput(text = ""): void {
    this.#child.stdin.end(text);
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** A new mark for the tools of one seat: what carries it ends with the seat, or with us. */
  mark(): string {
    const mark = randomSecret();
    this.#marks.add(mark);
    this.#guardian.watch(mark);
    return mark;
  }

  /** Ends what a seat's tools left running. */
  async endMarked(mark: string): Promise<void> {
    await endLeftovers([mark]);
    this.#marks.delete(mark);
    this.#guardian.forget(mark);
  }

  /** Ends the process, whatever carries one of its marks, and its private folder, in about `ms`. */
  async end(ms: number): Promise<void> {
    if (!this.#exited) {
      this.endInput();
      this.kill("SIGTERM");
      if (!(await this.#exitsWithin(ms * 0.4))) {
        this.kill("SIGKILL");
        await this.#exitsWithin(ms * 0.2);
      }
    }
    const { stdin, stdout, stderr } = this.#child;
    await everyStep(
      () => endLeftovers([...this.#marks]),
      () => endGroup(this.pid),
      // What carries no mark may live on and hold the other ends.
      () => [stdin, stdout, stderr].forEach((stream) => stream.destroy()),
      () => this.#home.remove(),
      () => this.#guardian.dismiss(),
    );
  }

  /** Resolves when all output has been heard, or nothing more comes. */
  #lastWords(): Promise<void> {
    const { stdout, stderr } = this.#child;
    return new Promise((resolve) => {
      const start = Date.now();
      let heard = start;
      const hear = () => (heard = Date.now());
      stdout.on("data", hear);
      stderr.on("data", hear);
      const end = () => {
        clearInterval(timer);
        resolve();
      };
      const timer = setInterval(() => {
        const now = Date.now();
        if (this.#lines.waiting) heard = now;
        if (now - heard >= QUIET || now - start >= LAST_WORDS) end();
      }, QUIET / 4);
      this.#child.once("close", end);
    });
  }

  async #exitsWithin(ms: number): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<boolean>((resolve) => (timer = setTimeout(() => resolve(false), ms)));
    const ended = await Promise.race([this.exit.then(() => true), late]);
    clearTimeout(timer);
    return ended;
  }
}

/** A process that starts in another folder does not fail where the working folder is not there. */
async function checkFolder(cwd: string): Promise<void> {
  const found = await stat(cwd).catch(() => undefined);
  if (found?.isDirectory()) return;
  const message = `The working folder ${cwd} is not there, or is no folder.`;
  throw new H2mError("harness-exited", message, { hint: "Make it, or change `cwd`." });
}
