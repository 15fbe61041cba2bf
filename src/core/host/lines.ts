import { StringDecoder } from "node:string_decoder";
import type { Readable } from "node:stream";

/** Longest line kept, in characters: a result with a large image is one line. */
const MAX_LINE = 64 * 1024 * 1024;
/** Milliseconds of lines at a stretch. */
const STRETCH = 5;
/** Lines between two looks at the clock; a piece of output with more of them is followed by a breath. */
const FEW = 128;
/** Characters that are kept of either end of a line that is too long. */
const ENDS = 500;

/** What is kept of a line that was too long. */
export interface LineEnds {
  readonly start: string;
  readonly end: string;
}

export interface LineEars {
  /** Hears each line, without its end. Blank ones are nobody's: no protocol of lines has them. */
  onLine(line: string): void;
  /** Hears once for each line that was too long to be kept. */
  onTooLong(limit: number): void;
  /** Hears once such a line has ended. */
  onLost?(ends: LineEnds): void;
}

/**
 * Reads a stream by lines. However much comes, and in however many lines, memory stays bounded, and others get their turn: the
 * stream waits meanwhile.
 * Only `\n` ends a line: `node:readline` would also split at U+2028, which may stand inside JSON.
 */
export class Lines {
  readonly #stream: Readable;
  readonly #ears: LineEars;
  readonly #limit: number;
  readonly #decoder = new StringDecoder("utf8");
  /** What has come of a line whose end has not. */
  #pieces: string[] = [];
  #size = 0;
  /** Of a line that is too long. */
  #start = "";
  #end = "";
  /** What has come and was not looked through, from `#at`. */
  #text = "";
  #at = 0;
  #waiting = false;
  #stopped = false;

  constructor(stream: Readable, ears: LineEars, limit = MAX_LINE) {
    this.#stream = stream;
    this.#ears = ears;
    this.#limit = limit;
    stream.on("data", this.#onData);
  }

  readonly #onData = (chunk: Buffer) => {
    this.#text += this.#decoder.write(chunk);
    if (!this.#waiting) this.#read();
  };

  /** Hears nothing more, and leaves the stream as it is. */
  stop(): void {
    this.#stopped = true;
    this.#stream.off("data", this.#onData);
  }

  /** Lines have come that were not told yet. */
  get waiting(): boolean {
    return this.#waiting;
  }

  #read(): void {
    const end = performance.now() + STRETCH;
    let lines = 0;
    while (!this.#stopped) {
      const next = this.#text.indexOf("\n", this.#at);
      if (next === -1) break;
      this.#ends(next);
      if (++lines % FEW === 0 && performance.now() > end) return this.#breathe();
    }
    this.#keep(this.#at === 0 ? this.#text : this.#text.slice(this.#at));
    this.#text = "";
    this.#at = 0;
    // The system gives many full pieces in one go: after one of them, whatever else waits comes first.
    if (lines >= FEW) this.#breathe();
  }

  #breathe(): void {
    this.#waiting = true;
    this.#stream.pause();
    setImmediate(() => {
      this.#waiting = false;
      if (this.#stopped) return;
      this.#read();
      if (!this.#waiting) this.#stream.resume();
    });
  }

  #ends(next: number): void {
    const last = this.#text.slice(this.#at, next);
    this.#at = next + 1;
    const whole = this.#size + last.length <= this.#limit;
    const line = this.#pieces.length > 0 ? this.#pieces.join("") + last : last;
    const told = this.#size > this.#limit;
    if (!whole) this.#lose(last);
    this.#pieces = [];
    this.#size = 0;
    if (whole) {
      if (line !== "" && line !== "\r") this.#ears.onLine(line);
    } else {
      if (!told) this.#ears.onTooLong(this.#limit);
      this.#ears.onLost?.({ start: this.#start, end: this.#end });
      this.#start = "";
      this.#end = "";
    }
  }

  #keep(piece: string): void {
    if (piece === "") return;
    const before = this.#size;
    this.#size += piece.length;
    if (this.#size <= this.#limit) return void this.#pieces.push(piece);
    this.#lose(piece);
    this.#pieces = [];
    if (before <= this.#limit) this.#ears.onTooLong(this.#limit);
  }

  /** Of a line that is too long only its ends are of use. */
  #lose(piece: string): void {
    for (const each of [...this.#pieces, piece]) {
      if (this.#start.length < ENDS) this.#start += each.slice(0, ENDS - this.#start.length);
      this.#end = (this.#end + each.slice(-ENDS)).slice(-ENDS);
    }
  }
}
