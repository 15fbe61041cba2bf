import { textResult } from "../../kit/content.ts";
import type { ToolLimits } from "../../types/config.ts";
import type { CallToolResult } from "../../types/mcp.ts";
import type { Refusal } from "../../types/session.ts";

const MINUTE = 60_000;

/** How many calls of one session go out: at once, and within a minute. */
export class Limits {
  #concurrency = Number.POSITIVE_INFINITY;
  #perMinute = Number.POSITIVE_INFINITY;
  /** When the calls of the last minute went out, by the clock that never turns back. */
  readonly #times: number[] = [];
  readonly #line = new Set<() => void>();
  #running = 0;

  constructor(limits: ToolLimits) {
    this.narrow(limits);
  }

  /** Takes over what allows less. */
  narrow({ concurrency, perMinute }: ToolLimits): void {
    this.#concurrency = Math.min(this.#concurrency, concurrency ?? Number.POSITIVE_INFINITY);
    this.#perMinute = Math.min(this.#perMinute, perMinute ?? Number.POSITIVE_INFINITY);
  }

  /** Counts a call, or gives the result that refuses it; `told` hears of that first. */
  refusal(tool: string, told?: (refusal: Refusal) => void): CallToolResult | undefined {
    const now = performance.now();
    while (this.#times[0] !== undefined && this.#times[0] <= now - MINUTE) this.#times.shift();
    const [oldest] = this.#times;
    if (oldest === undefined || this.#times.length < this.#perMinute) {
      if (this.#perMinute !== Number.POSITIVE_INFINITY) this.#times.push(now);
      return undefined;
    }
    const wait = Math.ceil((oldest + MINUTE - now) / 1000);
    told?.({ kind: "limit", retryAfter: wait });
    const text = `\`${tool}\` was not called: this session may make ${this.#perMinute} calls in a minute, and has. Wait ${wait} s.`;
    return textResult(text, true);
  }

  /** Runs something when its turn has come: calls beyond those at once wait in line. @throws the signal's reason */
  async inTurn<T>(signal: AbortSignal, act: () => Promise<T>): Promise<T> {
    await this.#enter(signal);
    try {
      return await act();
    } finally {
      const [next] = this.#line;
      if (next && this.#running <= this.#concurrency) next();
      else this.#running--;
    }
  }

  async #enter(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#running < this.#concurrency) {
      this.#running++;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const leave = () => {
        this.#line.delete(go);
        signal.removeEventListener("abort", onAbort);
      };
      const onAbort = () => {
        leave();
        reject(signal.reason);
      };
      // The place of the one that has ended is this one's now.
      const go = () => {
        leave();
        resolve();
      };
      signal.addEventListener("abort", onAbort, { once: true });
      this.#line.add(go);
    });
  }
}
