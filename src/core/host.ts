import { execa, type ResultPromise } from "execa";
import { getRandomPort } from "get-port-please";
import { H2mError } from "../errors.ts";
import type { CallToolResult } from "../types/mcp.ts";
import type {
  HarnessDriver,
  HarnessInstall,
  HarnessLauncher,
  HarnessOptions,
  HostIo,
  LaunchContext,
  Recognized,
  Seat,
} from "../types/harness.ts";
import { within } from "./deadline.ts";
import { environmentFor } from "./environment.ts";
import { Guardian } from "./guardian.ts";
import { Home } from "./home.ts";
import type { Hooks } from "./hooks.ts";
import { type HostKeys, randomSecret } from "./keys.ts";
import { endLeftovers, LAUNCH_MARK } from "./leftovers.ts";
import { onLines } from "./lines.ts";
import type { Session } from "./session.ts";

/** What a host key opens: a host, and one of its seats if the key is a seat's own. */
export interface KeyHolder {
  readonly host: Host;
  readonly seatId?: string;
}

export interface LaunchOptions {
  readonly launcher: HarnessLauncher;
  readonly install: HarnessInstall;
  readonly options: HarnessOptions;
  readonly cwd: string;
  readonly origin: string;
  readonly keys: HostKeys<KeyHolder>;
  readonly hooks: Hooks;
}

interface Occupied {
  readonly seat: Seat;
  readonly session: Session;
  /** Marks the processes of this seat, where the launcher gives each seat an environment of its own. */
  readonly mark: string;
  root: string | undefined;
}

/** The text that makes a harness send its first turn; no model reads it. */
const PROMPT = "h2m";
/** Characters of output kept for error messages. */
const TAIL = 4_000;

/** One running harness process and the seats in it. */
export class Host {
  readonly launcher: HarnessLauncher;
  readonly pid: number;
  readonly #context: LaunchContext;
  readonly #child: ResultPromise<typeof SPAWN>;
  readonly #home: Home;
  readonly #keys: HostKeys<KeyHolder>;
  readonly #hooks: Hooks;
  readonly #mark: string;
  readonly #guardian: Guardian;
  readonly #occupied = new Map<string, Occupied>();
  readonly #exit = new AbortController();
  readonly #posts = new Map<string, (body: unknown) => void>();
  #driver: HarnessDriver | undefined;
  #tail = "";
  #outTail = "";
  #stopping: Promise<void> | undefined;

  /** Starts the process. @throws H2mError `harness-exited` if it cannot be started at all. */
  static async launch(launch: LaunchOptions): Promise<Host> {
    const { launcher, install, options, cwd, origin } = launch;
    const home = await Home.create(launcher.name);
    // The key must stand in the plan before the host exists: it is issued to a holder that is filled in below.
    const holder: { host: Host } = { host: undefined as unknown as Host };
    const token = launch.keys.issue(holder);
    try {
      const port = await getRandomPort("127.0.0.1");
      const context = {
        install,
        options,
        prompt: PROMPT,
        cwd,
        home: home.path,
        origin,
        token,
        port,
      };
      holder.host = await Host.#start(launch, { ...context, secret: randomSecret() }, home);
      return holder.host;
    } catch (error) {
      launch.keys.revoke(token);
      await home.remove();
      throw error;
    }
  }

  static async #start(launch: LaunchOptions, context: LaunchContext, home: Home): Promise<Host> {
    const { launcher, options, cwd } = launch;
    const plan = launcher.prepare(context);
    await home.write(plan.files ?? {});
    const mark = randomSecret();
    const child = execa(plan.command, [...plan.args, ...(options.args ?? [])], {
      ...SPAWN,
      cwd,
      env: environmentFor(process.env, plan.env, options.env, { [LAUNCH_MARK]: mark }),
    });
    if (child.pid === undefined) {
      const { originalMessage } = await child;
      throw new H2mError(
        "harness-exited",
        `\`${plan.command}\` could not be started: ${originalMessage ?? "unknown reason"}.`,
        {
          hint: `Check that the file is executable and that the folder ${cwd} exists.`,
        },
      );
    }
    return new Host(launch, context, plan, home, mark, child, child.pid);
  }

  private constructor(
    launch: LaunchOptions,
    context: LaunchContext,
    plan: HostIo["plan"],
    home: Home,
    mark: string,
    child: ResultPromise<typeof SPAWN>,
    pid: number,
  ) {
    this.launcher = launch.launcher;
    this.pid = pid;
    this.#context = context;
    this.#home = home;
    this.#keys = launch.keys;
    this.#hooks = launch.hooks;
    this.#mark = mark;
    this.#guardian = new Guardian(home.path, pid);
    this.#guardian.watch(mark);
    this.#child = child;
    child.stderr.on("data", (chunk: Buffer) => (this.#tail = (this.#tail + chunk).slice(-TAIL)));
    // A harness that dies closes its input; the write that hits it is told by the exit.
    child.stdin.on("error", () => {});
    const listeners: ((line: string) => void)[] = [
      (line) => (this.#outTail = `${this.#outTail}${line.slice(-TAIL)}\n`.slice(-TAIL)),
    ];
    onLines(child.stdout, (line) => {
      for (const listener of listeners) this.#guarded(() => listener(line));
    });
    this.#hooks.emit("host:start", {
      harness: this.launcher.name,
      version: context.install.version,
      pid,
      cwd: context.cwd,
    });
    void child.then((result) => this.#ended(result.exitCode ?? null, result.signal ?? null));
    if (this.launcher.drive) {
      this.#driver = this.launcher.drive({
        plan,
        context,
        pid,
        exited: this.#exit.signal,
        write: (line) => void child.stdin.write(`${line}\n`),
        onLine: (listener) => void listeners.push(listener),
        onPost: (path, listener) => void this.#posts.set(path, listener),
        settle: (callId, result) => this.#settle(callId, result),
        progress: (callId, text) => {
          for (const { session } of this.#occupied.values()) session.progress(callId, text);
        },
        bind: (seatId, conversation) => {
          const occupied = this.#occupied.get(seatId);
          if (!occupied) return;
          occupied.root = conversation;
          occupied.session.bind(conversation);
        },
        warn: (message) =>
          this.#hooks.emit("warning", { message: `${this.launcher.name}: ${message}` }),
        kill: (signal) => void this.#child.kill(signal),
      });
    } else {
      child.stdin.end(plan.stdin ?? "");
    }
  }

  get exited(): AbortSignal {
    return this.#exit.signal;
  }

  get seats(): number {
    return this.#driver?.seats ?? 1;
  }

  /** The end of what the program printed, for error messages. */
  get tail(): string {
    return (this.#tail.trim() || this.#outTail.trim()).slice(-TAIL);
  }

  /** Gives a session a place and makes the harness send its first turn. */
  async open(session: Session): Promise<string> {
    const id = randomSecret();
    const mark = randomSecret();
    const holder: KeyHolder = { host: this, seatId: id };
    const token = this.#keys.issue(holder);
    const seat = {
      id,
      token,
      cwd: this.#context.cwd,
      env: { [LAUNCH_MARK]: mark },
      prompt: PROMPT,
    };
    this.#guardian.watch(mark);
    this.#occupied.set(id, { seat, session, mark, root: undefined });
    await this.#driver?.open(seat);
    return id;
  }

  settlesEarly(call: Parameters<NonNullable<HarnessDriver["settles"]>>[0]): boolean {
    return this.#driver?.settles?.(call) ?? false;
  }

  /** Stops what one call runs, if the driver knows how. */
  async cancel(
    seatId: string,
    call: Parameters<NonNullable<HarnessDriver["settles"]>>[0],
  ): Promise<void> {
    const occupied = this.#occupied.get(seatId);
    if (occupied && !this.#exit.signal.aborted) await this.#driver?.cancel?.(occupied.seat, call);
  }

  /** Whose turn it is: the key's own seat, the only one, the one a header names, or the one bound to the conversation. */
  sessionFor(seatId: string | undefined, said: Recognized | undefined): Session | undefined {
    const named = seatId ?? said?.seat;
    if (named !== undefined) return this.#occupied.get(named)?.session;
    const all = [...this.#occupied.values()];
    if (all.length === 1) return all[0]?.session;
    return all.find(({ root }) => root !== undefined && root === said?.conversation)?.session;
  }

  /** Hands on what the host posted; tells whether anybody listens. */
  post(path: string, body: unknown): boolean {
    const listener = this.#posts.get(path);
    if (listener) this.#guarded(() => listener(body));
    return listener !== undefined;
  }

  /** Ends a seat and what its tools left running; the host ends with its last seat. `ms`: the time for all of it. */
  async close(seatId: string, ms: number): Promise<void> {
    const occupied = this.#occupied.get(seatId);
    if (!occupied) return;
    const last = this.#occupied.size === 1;
    if (!last && !this.#exit.signal.aborted) {
      await this.#closeSeat(occupied, ms / 2);
      await endLeftovers([occupied.mark]);
    }
    this.#occupied.delete(seatId);
    this.#keys.revoke(occupied.seat.token);
    if (last) await this.stop(ms, [occupied]);
  }

  /** Ends the process, whatever carries its mark, and its private folder. */
  stop(ms: number, occupied: readonly Occupied[] = [...this.#occupied.values()]): Promise<void> {
    this.#stopping ??= this.#stop(ms, occupied);
    return this.#stopping;
  }

  async #stop(ms: number, occupied: readonly Occupied[]): Promise<void> {
    this.#keys.revoke(this.#context.token);
    for (const { seat } of occupied) this.#keys.revoke(seat.token);
    if (!this.#exit.signal.aborted) {
      await Promise.all(occupied.map((each) => this.#closeSeat(each, ms * 0.3)));
      this.#child.stdin.end();
      this.#child.kill("SIGTERM");
      if (!(await this.#exitsWithin(ms * 0.3))) {
        this.#child.kill("SIGKILL");
        await this.#exitsWithin(ms * 0.2);
      }
    }
    await endLeftovers([this.#mark, ...occupied.map(({ mark }) => mark)]);
    await this.#home.remove();
    this.#guardian.dismiss();
  }

  async #closeSeat({ seat }: Occupied, ms: number): Promise<void> {
    if (!this.#driver?.close) return;
    try {
      const late = () => new H2mError("timeout", `it did not end its session within ${ms} ms`);
      await within(this.#driver.close(seat), ms, late, this.#exit.signal);
    } catch (error) {
      // The process is ended right after, so a refusal costs nothing but is worth knowing.
      if (!this.#exit.signal.aborted) {
        this.#hooks.emit("warning", {
          message: `${this.launcher.name}: ${H2mError.from(error).message}`,
        });
      }
    }
  }

  #exitsWithin(ms: number): Promise<boolean> {
    if (this.#exit.signal.aborted) return Promise.resolve(true);
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), ms);
      const done = () => {
        clearTimeout(timer);
        resolve(true);
      };
      this.#exit.signal.addEventListener("abort", done, { once: true });
    });
  }

  #ended(code: number | null, signal: string | null): void {
    const expected = this.#stopping !== undefined;
    const { name: harness } = this.launcher;
    const how = signal ? `by ${signal}` : `with exit code ${code}`;
    const error = new H2mError(
      "harness-exited",
      `The harness \`${harness}\` ended ${how}.${this.tail ? ` The end of its output: ${this.tail}` : ""}`,
    );
    this.#hooks.emit("host:exit", {
      harness,
      pid: this.pid,
      code,
      signal,
      expected,
      tail: this.tail,
    });
    this.#exit.abort(error);
    const occupied = [...this.#occupied.values()];
    this.#occupied.clear();
    for (const { session } of occupied) session.hostExited(this, error);
    if (expected) return;
    const { shutdown } = LEFTOVER_TIME;
    this.stop(shutdown, occupied).catch((cause) =>
      this.#hooks.emit("error", { error: H2mError.from(cause) }),
    );
  }

  #settle(callId: string, result: CallToolResult): void {
    for (const { session } of this.#occupied.values()) session.settle(callId, result);
  }

  /** A driver's fault must not end our process, nor the other listeners. */
  #guarded(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#hooks.emit("error", { error: H2mError.from(error) });
    }
  }
}

/** Time for cleaning up after a host that ended by itself, in ms. */
const LEFTOVER_TIME = { shutdown: 2_000 };

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
