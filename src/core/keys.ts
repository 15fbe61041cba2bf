import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

const PREFIX = "h2mhost_";

/** Whether a key has the form of a host key: such a key never attaches a harness, dead or alive. */
export function isHostKey(key: string): boolean {
  return key.startsWith(PREFIX);
}

/** A random secret of 128 bits. */
export function randomSecret(): string {
  return randomBytes(16).toString("hex");
}

/** Compares two secrets in a time that tells nothing of either. */
export function sameSecret(a: string, b: string): boolean {
  return timingSafeEqual(digest(a), digest(b));
}

/** The keys that open the hijack API for launched hosts: issued at a launch, dead with the host. */
export class HostKeys<Holder> {
  // Looked up by digest, so that the time of a look-up tells nothing about the keys.
  readonly #holders = new Map<string, Holder>();

  issue(holder: Holder): string {
    const key = PREFIX + randomSecret();
    this.#holders.set(digest(key).toString("base64"), holder);
    return key;
  }

  find(key: string): Holder | undefined {
    return this.#holders.get(digest(key).toString("base64"));
  }

  revoke(key: string): void {
    this.#holders.delete(digest(key).toString("base64"));
  }
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
