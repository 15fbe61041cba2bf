import { endOf, isHigh } from "../kit/cut.ts";

/** One `notifications/progress`, without its token. */
export interface ProgressReport {
  /** Counts up; the end is not known. */
  readonly progress: number;
  readonly message?: string;
}

/** Largest message, in characters: it is a sign of life, not the result. */
const MAX_MESSAGE = 8_000;

/** Reports a running call: what it prints, as it comes, and a sign of life after `heartbeat` ms of silence. */
export class Progress {
  readonly #send: (report: ProgressReport) => void;
  readonly #timer: NodeJS.Timeout;
  #count = 0;
  #seen = "";

  constructor(heartbeat: number, send: (report: ProgressReport) => void) {
    this.#send = send;
    this.#timer = setInterval(() => this.#report(), heartbeat);
  }

  /** Takes all output so far; what is new in it goes out. */
  output(all: string): void {
    // The second half of its last character is still to come.
    const text = isHigh(all.charCodeAt(all.length - 1)) ? all.slice(0, -1) : all;
    const fresh = text.startsWith(this.#seen) ? text.slice(this.#seen.length) : text;
    this.#seen = text;
    if (fresh === "") return;
    this.#timer.refresh();
    this.#report(endOf(fresh, MAX_MESSAGE));
  }

  end(): void {
    clearInterval(this.#timer);
  }

  #report(message?: string): void {
    this.#count++;
    this.#send(
      message === undefined ? { progress: this.#count } : { progress: this.#count, message },
    );
  }
}
