import type { CallToolResult, OutCall, Seat, ToolCall } from "../../src/plugin.ts";

interface Sent {
  readonly seatId: string;
  readonly out: OutCall;
  readonly over: AbortController;
}

/** The calls that have not ended, as far as is known. */
export class OpencodeCalls {
  readonly #out = new Map<string, Sent>();

  /** Gives a signal that is aborted when the call has ended. */
  sent({ id: seatId }: Seat, { id }: ToolCall, out: OutCall): AbortSignal {
    const over = new AbortController();
    this.#out.set(id, { seatId, out, over });
    return over.signal;
  }

  /** `seatId`: whose session tells it; no seat speaks for another one's calls. */
  settle(seatId: string, callId: string, result: CallToolResult): void {
    const sent = this.#of(seatId, callId);
    if (!sent) return;
    this.#end(callId, sent);
    sent.out.settle(result);
  }

  progress(seatId: string, callId: string, text: string): void {
    this.#of(seatId, callId)?.out.progress(text);
  }

  /** A text names a call that has not ended. */
  isNamedIn(text: string): boolean {
    return [...this.#out.keys()].some((callId) => text.includes(callId));
  }

  /** What is known of a seat's calls is of no use any more. */
  forget({ id }: Seat): void {
    for (const [callId, sent] of this.#out) if (sent.seatId === id) this.#end(callId, sent);
  }

  #of(seatId: string, callId: string): Sent | undefined {
    const sent = this.#out.get(callId);
    return sent?.seatId === seatId ? sent : undefined;
  }

  #end(callId: string, { over }: Sent): void {
    this.#out.delete(callId);
    over.abort();
  }
}
