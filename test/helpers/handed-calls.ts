import type { CallToolResult, OutCall } from "../../src/plugin.ts";

/** The calls that a test hands to a driver, and what the driver gives for them. */
export class HandedCalls {
  /** Every result, in the order in which they came. */
  readonly results: [id: string, result: CallToolResult][] = [];
  readonly progress: [id: string, text: string][] = [];
  readonly #stops = new Map<string, AbortController>();

  /** What the driver is handed with the call of this id. */
  out(id: string): OutCall {
    const stop = new AbortController();
    this.#stops.set(id, stop);
    return {
      signal: stop.signal,
      settle: (result) => void this.results.push([id, result]),
      progress: (text) => void this.progress.push([id, text]),
    };
  }

  /** Nobody waits for this call any more. */
  cancel(id: string): void {
    this.#stops.get(id)?.abort(new Error("cancelled"));
  }

  /** Whether the call has a result. */
  has(id: string): boolean {
    return this.of(id) !== undefined;
  }

  /** The latest result of a call. */
  of(id: string): CallToolResult | undefined {
    return this.results.findLast(([other]) => other === id)?.[1];
  }
}
