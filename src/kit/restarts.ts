import { H2mError } from "../errors.ts";
import { seconds } from "./deadline.ts";

/** The first pause, in ms; each further one is twice as long, up to the longest. */
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 60_000;

/** Keeps a harness that ends again and again from being started in a hot loop. */
export class Restarts {
  #failures = 0;
  #notBefore = 0;
  #last: H2mError | undefined;

  /** It ended, or did not start. One failure costs nothing: the next start may come at once. */
  failed(error: H2mError): void {
    this.#failures++;
    this.#last = error;
    if (this.#failures < 2) return;
    this.#notBefore = Date.now() + Math.min(FIRST_PAUSE * 2 ** (this.#failures - 2), LONGEST_PAUSE);
  }

  /** It did what it is there for. */
  succeeded(): void {
    this.#failures = 0;
    this.#notBefore = 0;
  }

  /** Milliseconds until the next start is allowed. */
  get left(): number {
    return Math.max(0, this.#notBefore - Date.now());
  }

  /** @throws H2mError while the pause lasts */
  check(harness: string): void {
    const { left } = this;
    if (left <= 0) return;
    throw new H2mError(
      "harness-exited",
      `\`${harness}\` has failed ${this.#failures} times in a row; it is started again in ${seconds(left)} at the earliest. The last time: ${this.#last?.text}`,
      { hint: "Start it once by hand to see why.", cause: this.#last },
    );
  }
}
