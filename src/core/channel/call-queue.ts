import { H2mError } from "../../errors.ts";
import type { CallToolResult } from "../../types/mcp.ts";
import type { ToolCall } from "../../types/turn.ts";
import type { Conversation, SentCall } from "./conversation.ts";

/** What the queue asks of the harness's side. */
export interface CallPolicy {
  /** The call as it shall go out. */
  outgoing(call: ToolCall): ToolCall;
  /** A witness will settle it while the turn stays open. */
  early(call: ToolCall): boolean;
  /** Stops what the call runs. */
  cancel(call: ToolCall): void;
  /** Why a call that is out was given up, with what else is known of it. */
  gaveUp(call: ToolCall, reason: unknown): unknown;
  /** A call has its result. `own`: the driver's. */
  settled(own: boolean): void;
  /** A call has none. */
  failed(): void;
}

interface Waiting {
  readonly call: ToolCall;
  settle(result: CallToolResult): void;
  fail(error: unknown): void;
  progress(text: string): void;
}

/** The calls of a session: those that wait for a held turn, and those that run. It outlives a host. */
export class CallQueue {
  readonly #conversation: Conversation;
  readonly #policy: CallPolicy;
  readonly #waiting: Waiting[] = [];
  /** A driver's own calls go first, also while the clients' are held back. */
  readonly #urgent: Waiting[] = [];
  readonly #running = new Map<string, Waiting>();
  #flushing = false;
  #held = false;

  constructor(conversation: Conversation, policy: CallPolicy) {
    this.#conversation = conversation;
    this.#policy = policy;
  }

  /** Calls wait for a turn. */
  get waiting(): boolean {
    return this.#waiting.length > 0 || this.#urgent.length > 0;
  }

  /** Holds the clients' calls back, or lets them go. */
  hold(held: boolean): void {
    this.#held = held;
    if (!held) this.flush();
  }

  /** Resolves with the result. Rejects with the signal's reason, or with why there can be no result. */
  send(
    call: ToolCall,
    signal: AbortSignal,
    options: { urgent?: boolean; onProgress?: ((text: string) => void) | undefined } = {},
  ): Promise<CallToolResult> {
    if (signal.aborted) return Promise.reject(signal.reason);
    const { urgent = false } = options;
    const queue = urgent ? this.#urgent : this.#waiting;
    return new Promise((resolve, reject) => {
      const end = (act: () => void) => {
        signal.removeEventListener("abort", onAbort);
        this.#running.delete(call.id);
        act();
      };
      const waiting: Waiting = {
        call,
        settle: (result) => {
          end(() => resolve(result));
          this.#policy.settled(urgent);
        },
        fail: (error) => {
          end(() => reject(error));
          this.#policy.failed();
        },
        progress: (text) => options.onProgress?.(text),
      };
      const onAbort = () => {
        const place = queue.indexOf(waiting);
        if (place !== -1) {
          queue.splice(place, 1);
          return waiting.fail(signal.reason);
        }
        this.#conversation.giveUp(call.id);
        const why = this.#policy.gaveUp(call, signal.reason);
        // A driver's own call is given up and no more: what it runs is short, and looks like a client's.
        if (!urgent) this.#policy.cancel(call);
        waiting.fail(why);
      };
      signal.addEventListener("abort", onAbort, { once: true });
      this.#running.set(call.id, waiting);
      queue.push(waiting);
      this.flush();
    });
  }

  /** Calls made at the same instant share one turn; a lone call waits for no company. */
  flush(): void {
    if (this.#flushing || !this.#conversation.open) return;
    if (this.#urgent.length === 0 && (this.#held || this.#waiting.length === 0)) return;
    this.#flushing = true;
    setImmediate(() => {
      this.#flushing = false;
      if (!this.#conversation.open) return;
      const batch = [...this.#urgent.splice(0), ...(this.#held ? [] : this.#waiting.splice(0))];
      if (batch.length === 0) return;
      try {
        this.#conversation.send(batch.map((waiting) => this.#outgoing(waiting)));
      } catch (error) {
        // Such as arguments that a mapper or a driver made and that JSON cannot say: nothing has gone out.
        for (const waiting of batch) waiting.fail(H2mError.from(error));
      }
    });
  }

  progress(callId: string, text: string): void {
    this.#running.get(callId)?.progress(text);
  }

  /** Those that still wait fail; what is out is the conversation's. */
  failWaiting(error: H2mError): void {
    this.failUrgent(error);
    for (const waiting of this.#waiting.splice(0)) waiting.fail(error);
  }

  /** The driver's own that still wait fail. */
  failUrgent(error: H2mError): void {
    for (const waiting of this.#urgent.splice(0)) waiting.fail(error);
  }

  #outgoing({ call, settle, fail }: Waiting): SentCall {
    const outgoing = this.#policy.outgoing(call);
    return { call: outgoing, early: this.#policy.early(outgoing), settle, fail };
  }
}
