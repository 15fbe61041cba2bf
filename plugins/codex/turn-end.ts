/** How long a result that only a turn can bring waits for the calls beside it, in ms. */
const COMPANY = 2_000;

export interface TurnEndOptions {
  /** Other calls are out that deserve a moment. */
  readonly others: () => boolean;
  /** Ends the turn; resolves when the next one has come. */
  readonly end: () => Promise<void>;
}

/** Ends an open turn as soon as nothing else is out in it, or after a short time: the next one brings what is missing. */
export class TurnEnd {
  readonly #options: TurnEndOptions;
  #looking: NodeJS.Timeout | undefined;
  #ending = false;

  constructor(options: TurnEndOptions) {
    this.#options = options;
  }

  /** The turn is about to end: nothing more can be settled in it. */
  get ending(): boolean {
    return this.#ending;
  }

  start(): void {
    if (this.#looking) return;
    const latest = Date.now() + COMPANY;
    const check = () => {
      if (this.#ending || (this.#options.others() && Date.now() < latest)) return;
      this.stop();
      void this.#end();
    };
    this.#looking = setInterval(check, 10);
    check();
  }

  stop(): void {
    clearInterval(this.#looking);
    this.#looking = undefined;
  }

  async #end(): Promise<void> {
    this.#ending = true;
    await this.#options.end();
    this.#ending = false;
  }
}
