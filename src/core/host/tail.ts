import { endOf } from "../../kit/cut.ts";

/** Characters that are given. */
const CHARACTERS = 4_000;
/** Bytes that hold so many of any kind. */
const BYTES = 4 * CHARACTERS;

/** The end of what a program has printed, for error messages: whatever it printed before takes no memory. */
export class Tail {
  #bytes = Buffer.alloc(0);

  add(chunk: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk.subarray(-BYTES)]).subarray(-BYTES);
  }

  get text(): string {
    const text = this.#bytes.toString("utf8");
    // What is left of a character whose beginning is gone.
    return endOf(text.replace(/^\uFFFD+/, "").trim(), CHARACTERS);
  }
}
