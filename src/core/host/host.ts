import { setMaxListeners } from "node:events";
import { H2mError } from "../../errors.ts";
import type {
  HarnessDriver,
  HarnessLauncher,
  LaunchContext,
  LaunchPlan,
  OutCall,
  Recognized,
} from "../../types/harness.ts";
import type { ToolCall } from "../../types/turn.ts";
import { errorOf } from "../plugins/owners.ts";
import { within } from "../../kit/deadline.ts";
import type { Hooks } from "../plugins/hooks.ts";
import { type HandedCall, handOver } from "./hand-over.ts";
import { hostIo } from "./host-io.ts";
import type { Exit, HostProcess } from "./host-process.ts";
import { isolated, isolateListeners } from "../plugins/isolated.ts";
import { randomSecret } from "../../kit/secrets.ts";
import { type HostKeys } from "./keys.ts";
import { LAUNCH_MARK } from "./leftovers.ts";
import { type Occupant, type Occupied, Seats } from "./seats.ts";
import { Unheard } from "./unheard.ts";

/** What a host key opens: a host, and one of its seats if the key is a seat's own. */
export interface KeyHolder {
  readonly host: Host;
  readonly seatId?: string;
}

export interface HostOptions {
  readonly launcher: HarnessLauncher;
  readonly context: LaunchContext;
  readonly plan: LaunchPlan;
  readonly process: HostProcess;
  readonly keys: HostKeys<KeyHolder>;
  readonly hooks: Hooks;
}

/** Time for cleaning up after a host that ended by itself, in ms. */
const LEFTOVER_TIME = 2_000;

/** One running harness and the seats in it. */
export class Host {
  readonly launcher: HarnessLauncher;
  readonly #context: LaunchContext;
  readonly #process: HostProcess;
  readonly #keys: HostKeys<KeyHolder>;
  readonly #hooks: Hooks;
  readonly #seats = new Seats();
  readonly #exit = new AbortController();
  readonly #posts = new Map<string, (body: unknown) => void>();
  readonly #driver: HarnessDriver | undefined;
  readonly #unheard: Unheard;
  #stopping: Promise<void> | undefined;

  constructor(options: HostOptions) {
    const { context, plan, process: child } = options;
    // Each seat listens, and so may its driver: no number of listeners is a leak here.
    setMaxListeners(0, this.#exit.signal);
    this.launcher = options.launcher;
    isolateListeners(this.#exit.signal, (error) =>
      this.#hooks.report(errorOf(this.launcher, "exited", error)),
    );
    this.#context = context;
    this.#process = child;
    this.#keys = options.keys;
    this.#hooks = options.hooks;
    const { version } = context.install;
    const { name: harness } = this.launcher;
    this.#hooks.emit("host:start", { harness, version, pid: child.pid, cwd: context.cwd });
    void child.exit.then((exit) => this.#ended(exit));
    this.#unheard = new Unheard(this.launcher, version, this.#seats, this.#hooks);
    this.#driver = this.launcher.drive?.(
      hostIo({
        plan,
        context,
        process: child,
        exited: this.#exit.signal,
        closing: () => this.closing,
        seats: this.#seats,
        posts: this.#posts,
        unheard: this.#unheard,
        guarded: (member, act) => this.#guarded(member, act),
        warn: (message) => this.#warn(message),
      }),
    );
    if (!this.#driver) child.endInput(plan.stdin);
  }

  get pid(): number {
    return this.#process.pid;
  }

  get exited(): AbortSignal {
    return this.#exit.signal;
  }

  /** It takes no more sessions. */
  get closing(): boolean {
    return this.#stopping !== undefined || this.#exit.signal.aborted;
  }

  get seats(): number {
    return this.#driver?.seats ?? 1;
  }

  /** Seats that are taken. */
  get taken(): number {
    return this.#seats.size;
  }

  get tail(): string {
    return this.#process.tail;
  }

  /** Gives a session a place; `open` then makes the harness send its first turn. */
  seat(occupant: Occupant): string {
    const id = randomSecret();
    const token = this.#keys.issue({ host: this, seatId: id });
    const mark = this.#process.mark();
    const env = { [LAUNCH_MARK]: mark };
    const seat = {
      id,
      token,
      cwd: occupant.cwd ?? this.#context.cwd,
      env,
      prompt: this.#context.prompt,
    };
    this.#seats.add({ seat, occupant, mark, root: undefined });
    return id;
  }

  async open(seatId: string): Promise<void> {
    const occupied = this.#seats.get(seatId);
    if (occupied) await this.#driver?.open(occupied.seat);
  }

  /** Hands a call to the driver. @throws as `handOver` does */
  send(seatId: string, call: ToolCall, out: OutCall): HandedCall {
    const occupied = this.#seats.get(seatId);
    if (!occupied || !this.#driver) return { call, early: false };
    const { launcher, exited } = this;
    const options = { launcher, driver: this.#driver, unheard: this.#unheard, exited };
    return handOver({ ...options, hooks: this.#hooks }, occupied.seat, call, out);
  }

  /** Why a call was given up, with what else is known of it. */
  gaveUp(seatId: string, call: ToolCall, reason: unknown): unknown {
    return this.#unheard.gaveUp(this.#seats.get(seatId)?.occupant, call, reason);
  }

  get canReset(): boolean {
    return this.#driver?.reset !== undefined;
  }

  growth(seatId: string): number {
    const occupied = this.#seats.get(seatId);
    return (occupied && this.#driver?.growth?.(occupied.seat)) ?? 0;
  }

  /** Starts the seat's history anew; gives what is lost by it. */
  async reset(seatId: string): Promise<readonly string[]> {
    const occupied = this.#seats.get(seatId);
    const lost: unknown = (occupied && (await this.#driver?.reset?.(occupied.seat))) ?? [];
    if (Array.isArray(lost)) return lost.map(String);
    throw errorOf(this.launcher, "reset", new TypeError("it must give a list of what is lost"));
  }

  /** Who hears a turn, if anybody: one that no seat is bound to is nobody's, and so is any of a host that is being ended. */
  occupantOf(seatId: string | undefined, said: Recognized | undefined): Occupant | undefined {
    if (this.closing) return undefined;
    return this.#seats.occupantOf(seatId, said, this.seats === 1);
  }

  /** Hands on what the host posted; tells whether anybody listens. */
  post(path: string, body: unknown): boolean {
    const listener = this.#posts.get(path);
    if (listener) this.#guarded("onPost", () => listener(body));
    return listener !== undefined;
  }

  /** Ends a seat and what its tools left running; the host ends with its last seat. `ms`: the time for all of it. */
  async close(seatId: string, ms: number): Promise<void> {
    const occupied = this.#seats.get(seatId);
    if (!occupied) return;
    if (this.#seats.size === 1) return this.stop(ms);
    this.#seats.delete(seatId);
    await this.#closeSeat(occupied, ms / 2);
    await this.#process.endMarked(occupied.mark);
  }

  /** Ends the process, whatever carries its mark, and its private folder. */
  stop(ms: number): Promise<void> {
    this.#stopping ??= this.#stop(ms);
    return this.#stopping;
  }

  async #stop(ms: number): Promise<void> {
    this.#keys.revoke(this.#context.token);
    const occupied = this.#seats.all();
    await Promise.all(occupied.map((each) => this.#closeSeat(each, ms * 0.3)));
    await this.#process.end(ms * 0.7);
  }

  async #closeSeat({ seat }: Occupied, ms: number): Promise<void> {
    this.#keys.revoke(seat.token);
    if (!this.#driver?.close || this.#exit.signal.aborted) return;
    try {
      const late = () => new H2mError("timeout", `it did not end its session within ${ms} ms`);
      await within(this.#driver.close(seat), ms, late, this.#exit.signal);
    } catch (error) {
      // The process or its marked tools are ended right after: a refusal costs nothing, but is worth knowing.
      if (!this.#exit.signal.aborted) this.#warn(H2mError.from(error).message);
    }
  }

  #ended({ code, signal }: Exit): void {
    const expected = this.#stopping !== undefined;
    const { tail, pid } = this.#process;
    const { name: harness } = this.launcher;
    const how = signal ? `by ${signal}` : `with exit code ${code}`;
    const output = tail ? ` The end of its output: ${tail}` : "";
    const error = new H2mError(
      "harness-exited",
      `The harness \`${harness}\` ended ${how}.${output}`,
    );
    this.#hooks.emit("host:exit", { harness, pid, code, signal, expected, tail });
    this.#exit.abort(error);
    const occupied = this.#seats.clear();
    for (const { seat } of occupied) this.#keys.revoke(seat.token);
    for (const { occupant } of occupied) occupant.hostExited(this, error);
    if (expected) return;
    this.stop(LEFTOVER_TIME).catch(this.#hooks.report);
  }

  #warn(message: string): void {
    this.#hooks.emit("warning", { message: `${this.launcher.name}: ${message}` });
  }

  /** A driver's fault must not end our process, nor the other listeners. */
  #guarded(member: string, act: () => unknown): void {
    isolated(act, (error) => this.#hooks.report(errorOf(this.launcher, member, error)));
  }
}
