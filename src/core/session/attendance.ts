import type { ClientInfo, Teardown } from "../../types/session.ts";

/** Where clients find a session. */
export interface SessionPlace {
  /** In the URL or a header; `undefined`: it belongs to one client. */
  readonly name?: string | undefined;
  /** It ends with the last client that joined it. */
  readonly owned: boolean;
  /** Who opened it. */
  readonly client?: ClientInfo | undefined;
}

/** Who uses a session, and since when nobody does. */
export class Attendance {
  /** As clients know it; `undefined` before the first one does. */
  place: SessionPlace | undefined;
  /** How many calls came. */
  calls = 0;
  readonly #onLeft: () => void;
  #client: ClientInfo | undefined;
  #clients = 0;
  #opened = Date.now();
  #lastUse = Date.now();
  #awaySince: number | undefined;

  /** `onLeft`: the client that owns it has gone. */
  constructor(onLeft: () => void) {
    this.#onLeft = onLeft;
  }

  /** The first client that said who it is. */
  get client(): ClientInfo | undefined {
    return this.#client;
  }

  /** Milliseconds since 1970. */
  get opened(): number {
    return this.#opened;
  }

  /** The same of its last use. */
  get lastUsed(): number {
    return this.#lastUse;
  }

  /** Milliseconds since clients may know it. */
  get age(): number {
    return Date.now() - this.#opened;
  }

  /** Milliseconds since anybody used it. */
  get idleFor(): number {
    return Date.now() - this.#lastUse;
  }

  /** Milliseconds since the client that owns it was last known to be there. @default 0 */
  get awayFor(): number {
    if (this.#awaySince === undefined || !this.place?.owned) return 0;
    return Math.max(1, Date.now() - this.#awaySince);
  }

  open(place: SessionPlace): void {
    this.place = place;
    this.#client = place.client;
    this.#opened = this.#lastUse = Date.now();
  }

  touch(): void {
    this.#lastUse = Date.now();
  }

  /** A client came; call the teardown when it goes. */
  join(client?: ClientInfo): Teardown {
    this.#clients++;
    this.#client ??= client;
    this.touch();
    let here = true;
    return () => {
      if (!here) return;
      here = false;
      this.#clients--;
      if (this.#clients === 0 && this.place?.owned) this.#onLeft();
    };
  }

  /** Nobody knows whether its client is there, from now on; the teardown: it is. */
  away(): Teardown {
    this.#awaySince = Date.now();
    return () => (this.#awaySince = undefined);
  }
}
