/** A harness that owes a turn has so many ms to send it: none needs longer for a retry after a cut. */
const PATIENCE = 10_000;

/** Notices that calls wait for a turn that does not come, though nothing is out that it could wait for. */
export class Watchdog {
  readonly #owed: () => boolean;
  readonly #onSilence: () => void;
  #timer: NodeJS.Timeout | undefined;

  /** `owed`: whether the harness owes a turn now. `onSilence`: it has owed one for too long. */
  constructor(owed: () => boolean, onSilence: () => void) {
    this.#owed = owed;
    this.#onSilence = onSilence;
  }

  /** Something has changed: the wait begins, goes on, or is over. */
  look(): void {
    if (!this.#owed()) return this.rest();
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      if (this.#owed()) this.#onSilence();
    }, PATIENCE);
  }

  rest(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
