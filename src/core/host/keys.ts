import { digest, randomSecret } from "../../kit/secrets.ts";

const PREFIX = "h2mhost_";

/** Whether a key has the form of a host key: such a key never attaches a harness, dead or alive. */
export function isHostKey(key: string): boolean {
  return key.startsWith(PREFIX);
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
