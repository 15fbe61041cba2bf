/** How long is waited for what, in ms. */
export const TIMES = {
  /** A harness that owes a turn: none needs longer for a retry after a cut. */
  silence: 10_000,
  /** A history that is being started anew. */
  renewal: 10_000,
  /** A witness that lags behind a turn which lacks its call's result. */
  witness: 2_000,
  /** A call that nobody waits for any more: its driver needs some of it to stop what it runs. */
  "given-up": 15_000,
} as const;

/** A history of so many calls, or so many characters, is started anew at the next idle moment. */
const MAX_CALLS = 1_000;
const MAX_CHARACTERS = 2_000_000;
/** From this multiple on, calls are held back until there is an idle moment. */
export const INSIST = 2;

/** So many turns within so many ms, none of them for a call: no harness that waits for its answers comes near (retries after cuts: 6 in 7 s). */
const MOST_TURNS = 30;
const TURNS_WITHIN = 5_000;

/** How grown a history is: from 1 on it is time to begin anew. `own`: by the driver's measure. */
export function growthOf(
  { calls, characters }: { readonly calls: number; readonly characters: number },
  own: number,
): number {
  return Math.max(calls / MAX_CALLS, characters / MAX_CHARACTERS, own);
}

/** All waits of one session that end by time. */
export class Keeper {
  readonly #timers = new Map<string, NodeJS.Timeout>();
  #turns = 0;
  #since = 0;

  /** In `ms` milliseconds. What goes under the same name already goes on. */
  begin(name: string, ms: number, act: () => void): void {
    if (this.#timers.has(name)) return;
    const timer = setTimeout(() => {
      this.#timers.delete(name);
      act();
    }, ms);
    timer.unref();
    this.#timers.set(name, timer);
  }

  stop(name: string): void {
    clearTimeout(this.#timers.get(name));
    this.#timers.delete(name);
  }

  stopAll(): void {
    for (const name of this.#timers.keys()) this.stop(name);
  }

  /** Counts a turn; tells whether it is one too many: the harness asks again and again without waiting for an answer. */
  tooHasty(): boolean {
    const now = Date.now();
    if (now - this.#since > TURNS_WITHIN) this.calm();
    if (this.#turns === 0) this.#since = now;
    return ++this.#turns > MOST_TURNS;
  }

  /** A call came through: the turns are counted anew. */
  calm(): void {
    this.#turns = 0;
  }
}
