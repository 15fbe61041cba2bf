import { setImmediate as afterMicrotasks } from "node:timers/promises";
import { within } from "../kit/deadline.ts";

/** How long an answer may lag behind the end of its session, in ms: a mapper may have something to finish. */
const GRACE = 1_000;

/** The requests of a client, or of a session's clients, that are being answered. */
export class Requests {
  #running = 0;
  #lastEnd = 0;
  readonly #onNone: (() => void)[] = [];

  /** Somebody waits for an answer, and says nothing meanwhile. */
  get waiting(): boolean {
    return this.#running > 0;
  }

  /** When the last one was answered, in ms since the epoch. @default 0 */
  get lastEnd(): number {
    return this.#lastEnd;
  }

  async run<T>(act: () => Promise<T>): Promise<T> {
    this.#running++;
    try {
      return await act();
    } finally {
      this.#running--;
      this.#lastEnd = Date.now();
      if (!this.waiting) for (const resolve of this.#onNone.splice(0)) resolve();
    }
  }

  /** Resolves when every answer has been handed to its connection; a late one is not waited for. */
  async answered(): Promise<void> {
    if (this.waiting) {
      const none = new Promise<void>((resolve) => this.#onNone.push(resolve));
      await within(none, GRACE, () => new Error("late")).catch(() => {});
    }
    // The SDK sends an answer some microtasks after it has it.
    await afterMicrotasks();
  }
}
