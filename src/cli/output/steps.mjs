// Signs of life for a person at a terminal, in plain JavaScript: the scripts of this repository use it before anything is built.

/** Milliseconds: what is done sooner needs no sign; between two of them. */
const QUIET = 300;
const BEAT = 250;

/** A line that says what goes on and for how long. `lasting`: it stays, with its time; and without a terminal it is told as a plain line. */
export class Steps {
  #stream;
  #lasting;
  #live;
  #text = "";
  #since = 0;
  #timer;

  constructor({ stream = process.stderr, lasting = false, on = true } = {}) {
    this.#stream = stream;
    this.#lasting = lasting;
    this.#live = on && stream.isTTY === true && process.env["TERM"] !== "dumb";
  }

  /** Another step begins; the one before it is done. */
  begin(text) {
    this.end();
    this.#text = printable(text);
    this.#since = performance.now();
    if (!this.#live) {
      if (this.#lasting) this.#stream.write(`${this.#text}\n`);
      return;
    }
    this.#timer = setTimeout(() => this.#beat(), QUIET);
    // Nobody waits for the sign itself.
    this.#timer.unref?.();
  }

  /** It is done: the line stays if it is to last, else it goes. */
  end() {
    if (this.#text === "") return;
    clearTimeout(this.#timer);
    if (this.#live) {
      const took = performance.now() - this.#since;
      if (took >= QUIET || this.#lasting) this.#stream.write("\r\u001B[2K");
      if (this.#lasting) this.#stream.write(`${this.#text} (${seconds(took)})\n`);
    }
    this.#text = "";
  }

  #beat() {
    const room = Math.max(20, (this.#stream.columns || 80) - 12);
    const text = this.#text.length > room ? `${this.#text.slice(0, room - 1)}…` : this.#text;
    this.#stream.write(`\r\u001B[2K${text} … ${seconds(performance.now() - this.#since)}`);
    this.#timer = setTimeout(() => this.#beat(), BEAT);
    this.#timer.unref?.();
  }
}

function seconds(ms) {
  return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
}

/** One line, and nothing that steers the terminal. */
function printable(text) {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ");
}
