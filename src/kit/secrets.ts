import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

const BYTES = 16;
/** Random bytes that no secret was made of yet: to ask the system for each costs as much as all else that an id needs. */
let pool = Buffer.alloc(0);
let used = 0;

/** A random secret of 128 bits. */
export function randomSecret(): string {
  if (used + BYTES > pool.length) {
    pool = randomBytes(BYTES * 256);
    used = 0;
  }
  const text = pool.toString("hex", used, used + BYTES);
  // A secret that was given out is not kept here.
  pool.fill(0, used, used + BYTES);
  used += BYTES;
  return text;
}

/** Most characters of secrets that are compared as they are; UTF-8 takes three bytes for one at most. */
const PLAIN = 128;
const [left, right] = [Buffer.alloc(3 * PLAIN), Buffer.alloc(3 * PLAIN)];

/** Compares two secrets in a time that tells nothing of either. */
export function sameSecret(a: string, b: string): boolean {
  if (a.length > PLAIN || b.length > PLAIN) return timingSafeEqual(digest(a), digest(b));
  // Both are padded to one length, so that not even that of the right one is told.
  left.fill(0).write(a);
  right.fill(0).write(b);
  return timingSafeEqual(left, right) && a.length === b.length;
}

/** What a secret is looked up by, so that the time of a look-up tells nothing of it. */
export function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
