/** So many turns within so many ms, none of them for a call: no harness that waits for its answers comes near (retries after cuts: 6 in 7 s). */
const MOST = 30;
const WINDOW = 5_000;

/** Notices a harness that asks again and again without waiting for an answer. */
export class Haste {
  #turns = 0;
  #since = 0;

  /** Counts a turn; tells whether it is one too many. */
  turn(): boolean {
    const now = Date.now();
    if (now - this.#since > WINDOW) this.rest();
    if (this.#turns === 0) this.#since = now;
    return ++this.#turns > MOST;
  }

  /** A call came through: the count begins anew. */
  rest(): void {
    this.#turns = 0;
  }
}
