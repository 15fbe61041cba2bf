import type { ResultPromise } from "execa";
import { H2mError } from "../errors.ts";
import { endOf } from "../kit/cut.ts";
import { reachingUs } from "../kit/no-proxy.ts";
import type { LaunchPlan } from "../types/harness.ts";
import { environmentFor } from "./environment.ts";
import type { Guardian } from "./guardian.ts";
import type { Home } from "./home.ts";
import { randomSecret } from "./keys.ts";
import { endLeftovers, LAUNCH_MARK } from "./leftovers.ts";
import { onLines } from "./lines.ts";

/** Characters of output kept for error messages. */
const TAIL = 4_000;

// A group of its own, so that a Ctrl-C in our terminal reaches us alone and we end it in order.
const SPAWN = {
  stdin: "pipe",
  stdout: "pipe",
  stderr: "pipe",
  buffer: false,
  reject: false,
  detached: true,
  cleanup: true,
  extendEnv: false,
  forceKillAfterDelay: false,
} as const;

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
  readonly #child: ResultPromise<typeof SPAWN>;
  readonly #home: Home;
  readonly #guardian: Guardian;
  readonly #marks: Set<string>;
  readonly #listeners: ((line: string) => void)[] = [];
  #exited = false;
  #stderr = "";
  #stdout = "";

  /** @throws H2mError `harness-exited` if the program cannot be started at all */
  static async spawn(options: SpawnOptions): Promise<HostProcess> {
    const { plan, guardian, cwd, origin, args, env } = options;
    const mark = randomSecret();
    guardian.watch(mark);
    // Loaded with the first harness: our own start is quicker without it.
    const { execa } = await import("execa");
    const child = execa(plan.command, [...plan.args, ...args], {
      ...SPAWN,
      cwd,
      env: reachingUs(environmentFor(process.env, plan.env, env, { [LAUNCH_MARK]: mark }), origin),
    });
    if (child.pid !== undefined) return new HostProcess(child, child.pid, mark, options);
    const { originalMessage } = await child;
    const reason = originalMessage ?? "unknown reason";
    throw new H2mError("harness-exited", `\`${plan.command}\` could not be started: ${reason}.`, {
      hint: `Check that the file is executable and that the folder ${cwd} exists.`,
    });
  }

  private constructor(
    child: ResultPromise<typeof SPAWN>,
    pid: number,
    mark: string,
    { home, guardian }: SpawnOptions,
  ) {
    this.pid = pid;
    this.#child = child;
    this.#home = home;
    this.#marks = new Set([mark]);
    this.#guardian = guardian;
    guardian.group(pid);
    child.stderr
      .setEncoding("utf8")
      .on("data", (text: string) => (this.#stderr = endOf(this.#stderr + text, TAIL)));
    // A harness that dies closes its input; the write that hits it is told by the exit.
    child.stdin.on("error", () => {});
    onLines(child.stdout, (line) => {
      this.#stdout = endOf(`${this.#stdout}${endOf(line, TAIL)}\n`, TAIL);
      for (const listener of this.#listeners) listener(line);
    });
    this.exit = child.then(({ exitCode, signal }) => {
      this.#exited = true;
      return { code: exitCode ?? null, signal: signal ?? null };
    });
  }

  /** The end of what the program printed, for error messages. */
  get tail(): string {
    return this.#stderr.trim() || this.#stdout.trim();
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
    await endLeftovers([...this.#marks]);
    await this.#home.remove();
    await this.#guardian.dismiss();
  }

  async #exitsWithin(ms: number): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<boolean>((resolve) => (timer = setTimeout(() => resolve(false), ms)));
    const ended = await Promise.race([this.exit.then(() => true), late]);
    clearTimeout(timer);
    return ended;
  }
}
