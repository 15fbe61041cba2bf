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
  output(text: string): void {
    const fresh = text.startsWith(this.#seen) ? text.slice(this.#seen.length) : text;
    this.#seen = text;
    if (fresh === "") return;
    this.#timer.refresh();
    this.#report(fresh.slice(-MAX_MESSAGE));
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
