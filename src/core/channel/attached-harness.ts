import { abortable, deferred, seconds, within } from "../../kit/deadline.ts";
import type { HandedCall } from "../host/hand-over.ts";
import type { Harness } from "./harness.ts";
import type { Keeper } from "./keeper.ts";
import { noneAttached } from "./none-attached.ts";
import type { ToolCall } from "../../types/turn.ts";

export interface AttachedOptions {
  readonly keeper: Keeper;
  /** Milliseconds to wait for its first turn, and for another one after it hung up. */
  readonly connect: number;
  /** The end of the session. */
  readonly over: AbortSignal;
  /** It has left for good. */
  onGone(reason: string): void;
}

/** One that its user started: it comes and goes as it likes, and nobody can end it or have it begin anew. */
export class AttachedHarness implements Harness {
  readonly attached = true;
  readonly canRenew = false;
  readonly growth = 0;
  readonly pid = undefined;
  readonly #options: AttachedOptions;
  readonly #firstTurn = deferred<void>();
  #here = false;
  #starting: Promise<void> | undefined;

  constructor(options: AttachedOptions) {
    this.#options = options;
  }

  get here(): boolean {
    return this.#here;
  }

  /** Its first turn is waited for. */
  get starting(): boolean {
    return this.#starting !== undefined;
  }

  async ready(signal?: AbortSignal): Promise<void> {
    const { connect, over } = this.#options;
    over.throwIfAborted();
    signal?.throwIfAborted();
    if (this.#here) return;
    const late = () => noneAttached(connect);
    this.#starting ??= within(this.#firstTurn.promise, connect, late, over).finally(
      () => (this.#starting = undefined),
    );
    await abortable(this.#starting, signal);
  }

  arrived(): boolean {
    const first = !this.#here;
    this.#here = true;
    this.#firstTurn.resolve();
    this.#options.keeper.stop("away");
    return first;
  }

  /** It may leave without a word: no process of ours ends with it. */
  hungUp(): void {
    const { keeper, connect, over, onGone } = this.#options;
    if (over.aborted) return;
    const reason = `the attached harness hung up and did not come back within ${seconds(connect)}`;
    keeper.stop("away");
    keeper.begin("away", connect, () => onGone(reason));
  }

  worked(): void {}

  failed(): void {}

  lost(): boolean {
    return false;
  }

  outgoing(call: ToolCall): HandedCall {
    return { call, early: false };
  }

  whyGivenUp(_call: ToolCall, reason: unknown): unknown {
    return reason;
  }

  renew(): Promise<readonly string[]> {
    return Promise.resolve([]);
  }

  async end(): Promise<void> {}
}
