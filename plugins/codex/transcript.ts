import { endOf, startOf } from "../../src/plugin.ts";

/** Characters that are kept; codex itself keeps about 1 MiB of a command's output. */
const MAX = 1024 * 1024;
const HALF = MAX / 2;

/** What a command has printed since it was last told of. Of very much output both ends are kept. */
export class Transcript {
  #head = "";
  #tail = "";
  #lost = 0;

  get text(): string {
    if (this.#tail === "") return this.#head;
    const gap = this.#lost > 0 ? `\n… ${this.#lost} characters left out …\n` : "";
    return this.#head + gap + this.#tail;
  }

  append(text: string): void {
    // Once anything stands in the tail the head is full, also if its last place was too small for a character.
    const first = this.#tail === "" ? startOf(text, HALF - this.#head.length) : "";
    this.#head += first;
    if (first.length === text.length) return;
    this.#tail += text.slice(first.length);
    // Seldom, and by halves: a cut copies the text.
    if (this.#tail.length < MAX) return;
    const kept = endOf(this.#tail, HALF);
    this.#lost += this.#tail.length - kept.length;
    this.#tail = kept;
  }

  /**
   * The beginning by another witness. Codex 0.169 tells what a command prints from a moment after its start: what is missing
   * stands in `start`, and the rest of it twice.
   */
  begin(start: string): void {
    const { text } = this;
    let place = 0;
    if (start.endsWith(text)) place = start.length - text.length;
    else while (!text.startsWith(start.slice(place))) place++;
    this.take();
    this.append(start.slice(0, place) + text);
  }

  /** The text, which is told by this and forgotten. */
  take(): string {
    const { text } = this;
    this.#head = "";
    this.#tail = "";
    this.#lost = 0;
    return text;
  }
}
