import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

/** A random secret of 128 bits. */
export function randomSecret(): string {
  return randomBytes(16).toString("hex");
}

/** Compares two secrets in a time that tells nothing of either. */
export function sameSecret(a: string, b: string): boolean {
  return timingSafeEqual(digest(a), digest(b));
}

/** What a secret is looked up by, so that the time of a look-up tells nothing of it. */
export function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
