/** Chance that can be had again: the same seed gives the same choices. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** The message `index` of a door has a seed of its own, so that it can be made alone. */
  static of(seed: number, door: string, index: number): Random {
    let hash = 0x811c9dc5 ^ seed;
    for (const letter of `${door}/${index}`)
      hash = Math.imul(hash ^ (letter.codePointAt(0) as number), 0x01000193);
    const random = new Random(hash);
    // Neighbouring seeds begin alike.
    for (let i = 0; i < 3; i++) random.next();
    return random;
  }

  /** From 0 up to 1 (mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** A whole number below `limit`. */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)] as T;
  }

  bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.below(256)));
  }
}
