import { H2mError } from "../../errors.ts";
import { untilFirst } from "../../kit/deadline.ts";
import { everyStep } from "../../kit/every-step.ts";
import type { HarnessLauncher, Recognized } from "../../types/harness.ts";
import type { CallToolResult } from "../../types/mcp.ts";
import type { NoticeLevel } from "../../types/session.ts";
import type { ToolCall, Turn } from "../../types/turn.ts";
import { newCallId } from "../call/calls.ts";
import type { Host } from "../host/host.ts";
import type { ReplyStream } from "../host/reply-stream.ts";
import type { Occupant } from "../host/seats.ts";
import { withoutLongNames } from "../tools/long-names.ts";
import { type ArrivalOptions, Arrivals } from "./arrivals.ts";
import { AttachedHarness } from "./attached-harness.ts";
import { Caller } from "./caller.ts";
import type { Ended } from "./effects.ts";
import type { Harness } from "./harness.ts";
import { Keeper, TIMES } from "./keeper.ts";
import { LaunchedHarness } from "./launched-harness.ts";
import { Losses } from "./losses.ts";
import { Machine } from "./machine.ts";
import { NoHarness } from "./no-harness.ts";
import { answerAtOnce } from "./root-rule.ts";
import { Upkeep } from "./upkeep.ts";

export interface ChannelOptions extends ArrivalOptions {
  /** Milliseconds to wait for the first turn, and to end. */
  readonly connect: number;
  readonly shutdown: number;
  /** The end of the session. */
  readonly over: AbortSignal;
  /** The attached harness has left for good. */
  onGone(reason: string): void;
}

/** A session's way to its harness and back. The machine hears of whatever happens, in one step; then the upkeep checks what is to be done. */
export class Channel implements Occupant {
  /** What it is to those who wait for it, and whether it is there. */
  readonly harness: Harness;
  readonly arrivals: Arrivals;
  readonly #options: ChannelOptions;
  readonly #machine: Machine;
  readonly #keeper = new Keeper();
  readonly #losses: Losses;
  readonly #callers = new Map<string, Caller>();
  readonly #upkeep: Upkeep;
  #steps = 0;

  constructor(options: ChannelOptions) {
    this.#options = options;
    const { source, onNotice } = options;
    this.arrivals = new Arrivals(options);
    this.#losses = new Losses(source.harness, (message) => onNotice(message, "warning"));
    this.harness = this.#harnessOf(options);
    const machine = new Machine({
      flushSoon: () => setImmediate(() => this.#step(() => machine.flush())),
      outgoing: (call) => this.harness.outgoing(call, this.#caller(call)),
      came: (own) => this.#came(own),
      ended: (end) => this.#ended(end),
      whyGivenUp: (call, reason) => this.harness.whyGivenUp(call, reason),
      grace: (callId, kind) =>
        this.#keeper.begin(`${kind} ${callId}`, TIMES[kind], () =>
          this.#step(() => machine.expire(callId)),
        ),
      hungUp: () => this.#step(() => this.harness.hungUp()),
      renewed: (lost) => this.#upkeep.renewed(lost),
    });
    this.#machine = machine;
    this.#upkeep = new Upkeep({
      name: source.harness,
      hooks: options.hooks,
      session: options.session,
      over: options.over,
      machine,
      harness: this.harness,
      keeper: this.#keeper,
      losses: this.#losses,
      step: (act) => this.#step(act),
    });
  }

  get cwd(): string | undefined {
    return this.#options.source.cwd;
  }

  get promised(): readonly ToolCall[] {
    return this.#machine.promised;
  }

  /** Sends a call in the held turn, or in the next one. Rejects with the signal's reason, or with why there can be no result. */
  async send(
    call: ToolCall,
    signal: AbortSignal,
    onProgress?: (text: string) => void,
  ): Promise<CallToolResult> {
    return this.#losses.tell(await this.#submit(call, signal, { own: false, onProgress }));
  }

  admit(
    turn: Turn,
    launcher: HarnessLauncher | undefined,
    said: Recognized | undefined,
    reply: ReplyStream,
  ): void {
    const { over, hooks, session } = this.#options;
    const root = !over.aborted && this.#machine.isRoot(turn, said, this.harness.attached);
    const role = root ? "root" : "side";
    hooks.emit("turn", { session: session(), api: turn.api, model: turn.model, role });
    if (root) return this.#hold(withoutLongNames(turn), launcher, reply);
    this.#step(() => this.#machine.side(turn, said));
    answerAtOnce(turn, reply);
  }

  bind(conversation: string): void {
    this.#step(() => this.#machine.bind(conversation));
  }

  bringTurn(): void {
    this.#step(() => this.#machine.bringTurn());
  }

  notice(message: string, level: NoticeLevel = "notice"): void {
    this.#options.onNotice(message, level);
  }

  run(name: string, args: Record<string, unknown>, signal?: AbortSignal): Promise<CallToolResult> {
    const call = { id: newCallId(), name, arguments: args };
    const { over } = this.#options;
    return untilFirst([over, signal], (first) => this.#submit(call, first, { own: true }));
  }

  hostExited(host: Host, error: H2mError): void {
    if (this.harness.lost(host, error)) this.#upkeep.abandon(error);
  }

  /** Ends it with the session: what waits and what is out fails with the error. */
  async end(error: H2mError): Promise<void> {
    this.#keeper.stopAll();
    await everyStep(
      () => this.#machine.failWaiting(error),
      () => this.#machine.lose(error, error),
      () => this.harness.end(),
    );
  }

  #harnessOf({ source, connect, shutdown, over, onGone }: ChannelOptions): Harness {
    const { harness, seat, none } = source;
    if (none) return new NoHarness();
    if (!seat) return new AttachedHarness({ keeper: this.#keeper, connect, over, onGone });
    return new LaunchedHarness({
      harness,
      seat,
      occupant: this,
      connect,
      shutdown,
      over,
      onFailedStart: (error) => this.#upkeep.abandon(error),
    });
  }

  #submit(
    call: ToolCall,
    signal: AbortSignal,
    { own, onProgress }: { own: boolean; onProgress?: ((text: string) => void) | undefined },
  ): Promise<CallToolResult> {
    if (signal.aborted) return Promise.reject(signal.reason);
    const caller = new Caller({
      signal,
      onProgress,
      onGivenUp: (reason) => this.#step(() => this.#machine.giveUp(call.id, reason)),
      onResult: (result) => this.#step(() => this.#machine.settle(call.id, result)),
    });
    this.#callers.set(call.id, caller);
    this.#step(() => this.#machine.submit(call, own));
    return caller.result;
  }

  #caller({ id }: ToolCall): Caller {
    const caller = this.#callers.get(id);
    if (!caller) throw new H2mError("internal", "Nobody waits for a call that is to go out.");
    return caller;
  }

  #came(own: boolean): void {
    this.harness.worked();
    this.#keeper.calm();
    if (!own) this.#losses.used();
  }

  #ended(end: Ended): void {
    this.#callers.get(end.callId)?.end(end);
    this.#callers.delete(end.callId);
  }

  #hold(turn: Turn, launcher: HarnessLauncher | undefined, reply: ReplyStream): void {
    const { attached } = this.harness;
    this.#step(() => {
      const tell = this.arrivals.take(turn, launcher);
      this.#machine.hold(turn, reply);
      tell(this.harness.arrived(), attached);
      this.#upkeep.turn();
    });
  }

  /** Tells the machine of something. What is to be done then is looked for when all that comes of it has happened. */
  #step(act: () => void): void {
    this.#steps++;
    try {
      act();
    } finally {
      if (--this.#steps === 0) this.#upkeep.check();
    }
  }
}
