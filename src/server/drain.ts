import type { H3 } from "h3";
import type { Hooks } from "../core/plugins/hooks.ts";

/** Behind the guard, as every route: the token opens it. */
export const DRAIN_PATH = "/drain";

/** What `POST /drain` answers, with 202. */
export interface DrainAnswer {
  readonly sessions: number;
  /** Calls that run now. */
  readonly running: number;
  /** Milliseconds that they have. */
  readonly limit: number;
}

export interface DrainOptions {
  readonly hooks: Hooks;
  /** How many sessions are open. */
  sessions(): number;
  /** How many calls run in them, also those that wait for their harness. */
  running(): number;
  /** Milliseconds for calls that run: `timeouts.drain`. */
  limit(): number;
  /** From now on nothing begins, and sessions without a call end. Called again when a call has ended. */
  begin(): void;
}

/**
 * Lets the calls that run end, for so long as `timeouts.drain` says, while nothing new begins. Sessions end with their last call:
 * their clients then begin anew, which leads them elsewhere behind a balancer.
 */
export class Drain {
  /** Whoever asked for it over HTTP waits for the end of the server: resolves when that is due. */
  readonly asked: Promise<void>;
  readonly #options: DrainOptions;
  #draining: Promise<void> | undefined;
  #onEnd: (() => void) | undefined;
  #onAsked!: () => void;

  constructor(options: DrainOptions) {
    this.#options = options;
    this.asked = new Promise((resolve) => (this.#onAsked = resolve));
    // Not before the answer is on its way.
    options.hooks.on("call:end", () => void setImmediate(() => this.#onEnd?.()));
  }

  /** Resolves when no call runs, or the time is over. */
  drain(): Promise<void> {
    return (this.#draining ??= this.#drain());
  }

  /** `POST /drain`: begins, and the server ends when it is done. */
  addTo(app: H3): void {
    app.post(DRAIN_PATH, () => {
      const answer: DrainAnswer = {
        sessions: this.#options.sessions(),
        running: this.#options.running(),
        limit: this.#options.limit(),
      };
      // Whoever asks hears of it first.
      setImmediate(() => void this.drain().then(this.#onAsked));
      return Response.json(answer, { status: 202 });
    });
  }

  async #drain(): Promise<void> {
    this.#options.begin();
    if (this.#options.running() === 0) return;
    const limit = this.#options.limit();
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, limit);
      this.#onEnd = () => {
        this.#options.begin();
        if (this.#options.running() > 0) return;
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
