import type { ToolCall } from "../../types/turn.ts";

/** A call on its way through the machine. */
export interface Entry {
  readonly call: ToolCall;
  /** The driver's. */
  readonly own: boolean;
  /** A witness will settle it in full while the turn stays open. */
  early: boolean;
  /** Whoever waited for it has been told how it ended; it may still be out. */
  ended: boolean;
}

/** The calls that wait for a turn: the clients', and the driver's own, which go first, also while the clients' are held back. */
export class Queue {
  /** The clients' calls wait for a new history. */
  heldBack = false;
  readonly #clients: Entry[] = [];
  readonly #own: Entry[] = [];

  get empty(): boolean {
    return this.#clients.length === 0 && this.#own.length === 0;
  }

  /** Something may go out as soon as a turn is held. */
  get ready(): boolean {
    return this.#own.length > 0 || (this.#clients.length > 0 && !this.heldBack);
  }

  add(entry: Entry): void {
    (entry.own ? this.#own : this.#clients).push(entry);
  }

  /** All that may go out now. */
  take(): Entry[] {
    return [...this.takeOwn(), ...(this.heldBack ? [] : this.#clients.splice(0))];
  }

  takeOwn(): Entry[] {
    return this.#own.splice(0);
  }

  takeAll(): Entry[] {
    return [...this.takeOwn(), ...this.#clients.splice(0)];
  }

  takeOne(callId: string): Entry | undefined {
    for (const queue of [this.#own, this.#clients]) {
      const place = queue.findIndex(({ call }) => call.id === callId);
      if (place !== -1) return queue.splice(place, 1)[0];
    }
    return undefined;
  }
}
