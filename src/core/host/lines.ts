import type { Readable } from "node:stream";

/** Longest line kept, in bytes: a result with a large image is one line. */
const MAX_LINE = 64 * 1024 * 1024;
/** Milliseconds of lines at a stretch. */
const STRETCH = 5;
/** Lines between two looks at the clock; a piece of output with more of them is followed by a breath. */
const FEW = 128;
/** Characters that are told of either end of a line that is too long, and the bytes that they need at most. */
const ENDS = 500;
const END_BYTES = ENDS * 4;
const NEWLINE = 0x0a;
const NOTHING: Buffer = Buffer.alloc(0);

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
 * Only `\n` ends a line: `node:readline` would also split at U+2028, which may stand inside JSON. Bytes are kept until a line is whole,
 * so that its text is made once: a result of a megabyte comes in sixteen pieces.
 */
export class Lines {
  readonly #stream: Readable;
  readonly #ears: LineEars;
  readonly #limit: number;
  /** What has come of a line whose end has not. */
  #pieces: Buffer[] = [];
  #size = 0;
  /** Of a line that is too long. */
  #start: Buffer = NOTHING;
  #end: Buffer = NOTHING;
  /** What has come and was not looked through, from `#at`. */
  #bytes: Buffer = NOTHING;
  #at = 0;
  #waiting = false;
  #stopped = false;

  /** @param limit bytes of a line */
  constructor(stream: Readable, ears: LineEars, limit = MAX_LINE) {
    this.#stream = stream;
    this.#ears = ears;
    this.#limit = limit;
    stream.on("data", this.#onData);
  }

  readonly #onData = (chunk: Buffer) => {
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
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
      const next = this.#bytes.indexOf(NEWLINE, this.#at);
      if (next === -1) break;
      this.#ends(next);
      if (++lines % FEW === 0 && performance.now() > end) return this.#breathe();
    }
    this.#keep(this.#bytes.subarray(this.#at));
    this.#bytes = NOTHING;
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
    const last = this.#bytes.subarray(this.#at, next);
    this.#at = next + 1;
    const size = this.#size + last.length;
    if (size > this.#limit) return this.#ended(last);
    const line = this.#pieces.length > 0 ? Buffer.concat([...this.#pieces, last], size) : last;
    this.#pieces = [];
    this.#size = 0;
    if (size === 0) return;
    const text = line.toString("utf8");
    if (text !== "\r") this.#ears.onLine(text);
  }

  #keep(piece: Buffer): void {
    if (piece.length === 0) return;
    const before = this.#size;
    this.#size += piece.length;
    if (this.#size <= this.#limit) return void this.#pieces.push(piece);
    this.#lose(piece);
    if (before <= this.#limit) this.#ears.onTooLong(this.#limit);
  }

  /** Of a line that is too long only its ends are of use. */
  #lose(piece: Buffer): void {
    for (const each of [...this.#pieces, piece]) {
      if (this.#start.length < END_BYTES)
        this.#start = Buffer.concat([
          this.#start,
          each.subarray(0, END_BYTES - this.#start.length),
        ]);
      this.#end = Buffer.concat([this.#end, each.subarray(-END_BYTES)]).subarray(-END_BYTES);
    }
    this.#pieces = [];
  }

  /** A line that is too long is over. */
  #ended(last: Buffer): void {
    if (this.#size <= this.#limit) this.#ears.onTooLong(this.#limit);
    this.#lose(last);
    // Where the cut went through a character, it lies beyond those that are told.
    const ends = {
      start: this.#start.toString("utf8").slice(0, ENDS),
      end: this.#end.toString("utf8").slice(-ENDS),
    };
    this.#size = 0;
    this.#start = NOTHING;
    this.#end = NOTHING;
    this.#ears.onLost?.(ends);
  }
}
