import type { OutCall } from "../../types/harness.ts";
import type { CallToolResult } from "../../types/mcp.ts";
import type { Ended } from "./effects.ts";

export interface CallerOptions {
  /** Aborted when nobody waits for it any more. */
  readonly signal: AbortSignal;
  readonly onProgress?: ((text: string) => void) | undefined;
  onGivenUp(reason: unknown): void;
  /** Its driver gives the result. */
  onResult(result: CallToolResult): void;
}

/** Whoever waits for a call, and the call as its driver has it. */
export class Caller implements OutCall {
  readonly result: Promise<CallToolResult>;
  readonly #options: CallerOptions;
  readonly #onAbort = () => this.#options.onGivenUp(this.#options.signal.reason);
  #resolve!: (result: CallToolResult) => void;
  #reject!: (error: unknown) => void;
  #stop: AbortController | undefined;
  #stopped = false;
  #ended = false;

  constructor(options: CallerOptions) {
    this.#options = options;
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    options.signal.addEventListener("abort", this.#onAbort, { once: true });
  }

  /** Made when its driver looks at it: most calls end without. */
  get signal(): AbortSignal {
    this.#stop ??= new AbortController();
    if (this.#stopped) this.#stop.abort();
    return this.#stop.signal;
  }

  settle(result: CallToolResult): void {
    this.#options.onResult(result);
  }

  progress(text: string): void {
    if (!this.#ended) this.#options.onProgress?.(text);
  }

  end({ outcome, stop }: Ended): void {
    this.#ended = true;
    this.#options.signal.removeEventListener("abort", this.#onAbort);
    if ("result" in outcome) this.#resolve(outcome.result);
    else this.#reject(outcome.error);
    if (!stop) return;
    this.#stopped = true;
    this.#stop?.abort();
  }
}
