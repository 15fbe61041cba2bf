import { H2mError } from "../../errors.ts";
import type { Recognized } from "../../types/harness.ts";
import type { CallToolResult } from "../../types/mcp.ts";
import type { ToolCall, Turn } from "../../types/turn.ts";
import type { ReplyStream } from "../host/reply-stream.ts";
import type { Effects, Outcome } from "./effects.ts";
import { HeldTurn } from "./held-turn.ts";
import { History } from "./history.ts";
import { type Entry, Queue } from "./queue.ts";
import { RootRule } from "./root-rule.ts";

/**
 * The calls of one session and the root conversation of its harness: at most one held turn, the calls that wait for one, and those
 * that are out. Synchronous, without a clock, a process or a promise.
 *
 * A call goes out once and never again. It ends once: by a witness, by the next turn, because nobody waits for it, or as "outcome
 * unknown".
 */
export class Machine {
  readonly #effects: Effects;
  readonly #root = new RootRule();
  readonly #held = new HeldTurn();
  readonly #queue = new Queue();
  readonly #history = new History();
  readonly #out = new Map<string, Entry>();
  #flushing = false;

  constructor(effects: Effects) {
    this.#effects = effects;
  }

  /** A turn is held: calls can be sent. */
  get open(): boolean {
    return this.#held.open;
  }

  /** Calls are out. */
  get busy(): boolean {
    return this.#out.size > 0;
  }

  /** Calls wait for a turn. */
  get waits(): boolean {
    return !this.#queue.empty;
  }

  /** The history is being started anew. */
  get renewing(): boolean {
    return this.#history.renewing;
  }

  /** Calls wait, nothing is out that could bring a turn, and none is here. */
  get owedTurn(): boolean {
    return this.waits && !this.open && !this.busy && !this.renewing;
  }

  /** How much has been added to the history since it began. */
  get size(): { readonly calls: number; readonly characters: number } {
    return this.#history.size;
  }

  /** The calls that are out and that a witness is to settle. */
  get promised(): readonly ToolCall[] {
    return [...this.#out.values()].filter(({ early }) => early).map(({ call }) => call);
  }

  /** Whether a turn is the root conversation's. `attached`: its user may begin a new one at any time. */
  isRoot(turn: Turn, said: Recognized | undefined, attached: boolean): boolean {
    const has = (callId: string) => this.#out.has(callId);
    const root = { open: this.open, busy: this.busy, key: this.#held.key, has };
    return this.#root.isRoot(turn, said, root, attached);
  }

  /** Holds the root's next turn. Its results settle calls; calls that are out and that it lacks are lost. */
  hold(turn: Turn, reply: ReplyStream): void {
    this.#held.take(turn, reply, () => this.#effects.hungUp());
    // Before the results: the last one may be what makes the history begin anew, and that needs the turn after this.
    this.#history.turned();
    for (const { callId, result } of turn.results) this.settle(callId, result);
    for (const entry of this.#out.values()) {
      // A witness may lag behind.
      if (entry.early) this.#effects.grace(entry.call.id, "witness");
      else this.#end(entry, { error: lostBy(entry) });
    }
    this.#renewedIfSo();
    this.#flushIfSo();
  }

  /** Of another's turn: results of ours that it carries settle calls. */
  side(turn: Turn, said: Recognized | undefined): void {
    if (!this.#root.mayCarryOurs(said)) return;
    for (const { callId, result } of turn.results) this.settle(callId, result);
  }

  /** The driver has named the root. While the history begins anew, what comes from now on is the new one. */
  bind(conversation: string): void {
    this.#root.bind(conversation);
    if (!this.renewing) return;
    this.#held.letGo("h2m: the history begins anew.");
    this.#history.notYet();
  }

  /** A call that waits from now on. `own`: the driver's. */
  submit(call: ToolCall, own: boolean): void {
    this.#queue.add({ call, own, early: false, ended: false });
    this.#flushIfSo();
  }

  /** Sends what waits in the held turn, which stays open if every one of these calls can be settled early. */
  flush(): void {
    this.#flushing = false;
    if (!this.#canFlush) return;
    const batch = this.#queue.take();
    const calls = batch.map((entry) => this.#goesOut(entry)).filter((call) => call !== undefined);
    if (calls.length === 0) return;
    try {
      this.#held.write(calls);
    } catch (error) {
      // The adapter could not write them, or a driver had the turn closed: none has gone out.
      const failure = H2mError.from(error);
      for (const entry of batch) if (!entry.ended) this.#end(entry, { error: failure });
      return;
    }
    const open = this.#held.streams && batch.every(({ early, ended }) => early || ended);
    if (!open) this.#held.end();
  }

  /** A witness or a turn gives a result. Ids that are unknown or settled are ignored. */
  settle(callId: string, result: CallToolResult): void {
    const entry = this.#out.get(callId);
    if (!entry) return;
    this.#history.came(result);
    this.#effects.came(entry.own);
    this.#end(entry, { result });
  }

  /** Nobody waits for a call any more. One that is out may end in its own time, but holds nothing up for ever. */
  giveUp(callId: string, reason: unknown): void {
    const queued = this.#queue.takeOne(callId);
    if (queued) return this.#end(queued, { error: reason });
    const entry = this.#out.get(callId);
    if (!entry || entry.ended) return;
    this.#effects.grace(callId, "given-up");
    // The driver's own is given up and no more: what it runs is short, and looks like a client's.
    this.#tell(entry, { error: this.#effects.whyGivenUp(entry.call, reason) }, !entry.own);
  }

  /** A grace is over. */
  expire(callId: string): void {
    const entry = this.#out.get(callId);
    if (entry) this.#end(entry, { error: lostBy(entry) });
  }

  /** The witness of what is out stays silent: the turn is closed behind it, and the next one brings the results. */
  bringTurn(): void {
    if (this.busy) this.#held.end();
  }

  /** Keeps the clients' calls waiting, until the history is new. */
  holdBack(): void {
    this.#queue.heldBack = true;
  }

  /** They need not wait for that any more. */
  release(): void {
    if (this.renewing || !this.#queue.heldBack) return;
    this.#queue.heldBack = false;
    this.#flushIfSo();
  }

  /** The history begins anew, while nothing is out. */
  renew(): void {
    this.#history.renew();
    this.#queue.heldBack = true;
  }

  /** The driver has begun anew: this was lost by it. */
  renewedBy(lost: readonly string[]): void {
    this.#history.renewedBy(lost);
    this.#renewedIfSo();
  }

  /** The harness is gone: `out` is for the calls that are out, `own` for what its driver wanted. What clients wait for stays. */
  lose(out: H2mError, own: H2mError): void {
    this.#root.forget();
    this.#history.forget();
    this.#queue.heldBack = false;
    for (const entry of this.#out.values()) this.#end(entry, { error: out });
    for (const entry of this.#queue.takeOwn()) this.#end(entry, { error: own });
    this.#held.letGo("h2m: the session has ended.");
  }

  /** There is no harness for what waits. */
  failWaiting(error: unknown): void {
    for (const entry of this.#queue.takeAll()) this.#end(entry, { error });
  }

  get #canFlush(): boolean {
    return this.open && this.#queue.ready;
  }

  #flushIfSo(): void {
    if (this.#flushing || !this.#canFlush) return;
    this.#flushing = true;
    this.#effects.flushSoon();
  }

  /** The call as it goes out; `undefined`: it has ended before it could. Its driver may know the result at once. */
  #goesOut(entry: Entry): ToolCall | undefined {
    const { id } = entry.call;
    this.#out.set(id, entry);
    try {
      // Throws where JSON cannot say what a mapper made of the arguments: before the driver counts on it.
      this.#history.went(entry.call.arguments);
      const { call, early } = this.#effects.outgoing(entry.call);
      entry.early = early;
      return entry.ended ? undefined : call;
    } catch (error) {
      // Nothing of it runs: its driver is not told to stop it, and would look for another one like it.
      this.#end(entry, { error: H2mError.from(error) });
      return undefined;
    }
  }

  #renewedIfSo(): void {
    const lost = this.#history.begun();
    if (!lost) return;
    this.#queue.heldBack = false;
    this.#effects.renewed(lost);
    this.#flushIfSo();
  }

  #end(entry: Entry, outcome: Outcome): void {
    this.#out.delete(entry.call.id);
    this.#tell(entry, outcome);
  }

  #tell(entry: Entry, outcome: Outcome, stop = false): void {
    if (entry.ended) return;
    entry.ended = true;
    this.#effects.ended({ callId: entry.call.id, outcome, own: entry.own, stop });
  }
}

function lostBy({ call, ended }: Entry): H2mError {
  if (ended) return new H2mError("outcome-unknown", `\`${call.name}\` did not stop.`);
  const message = `The harness went on without a result of \`${call.name}\`.`;
  const hint = "It may or may not have run; it is not sent again.";
  return new H2mError("outcome-unknown", message, { hint });
}
