import { H2mError } from "../../errors.ts";
import { allSteps } from "../../kit/every-step.ts";
import type { Hooks } from "../plugins/hooks.ts";

/** What is kept as long as anybody uses it. */
export interface Guest {
  /** In use at this moment. */
  readonly busy: boolean;
  /** Milliseconds since anybody used it. */
  readonly idleFor: number;
  /** Milliseconds since its client was last known to be there. @default 0 */
  readonly awayFor: number;
  close(reason: string): Promise<void>;
}

/** Milliseconds. */
export interface Patience {
  readonly idle: number;
  readonly gone: number;
}

const CLOSED = "its client has closed its stream";

/** Sessions that are open: at most so many, and those that nobody uses end. */
export class Crowd<T extends Guest> {
  /** How many may be open. */
  max: number;
  readonly #guests = new Set<T>();
  readonly #hooks: Hooks;

  constructor(max: number, hooks: Hooks) {
    this.max = max;
    this.#hooks = hooks;
  }

  get all(): readonly T[] {
    return [...this.#guests];
  }

  add(guest: T): void {
    this.#guests.add(guest);
  }

  delete(guest: T): void {
    this.#guests.delete(guest);
  }

  /**
   * One whose client seems to have gone gives way, else the one that nobody has used for the longest time; one in use never does.
   * @throws H2mError `too-many-sessions`
   */
  makeRoom(): void {
    const { max } = this;
    if (this.#guests.size < max) return;
    const idle = this.all.filter((guest) => !guest.busy);
    const [idlest] = idle.toSorted((a, b) => b.awayFor - a.awayFor || b.idleFor - a.idleFor);
    if (!idlest) {
      throw new H2mError(
        "too-many-sessions",
        `${max} sessions are open, all of them in use, and no more are allowed.`,
        {
          hint: "Close one, or raise `sessions.max`.",
        },
      );
    }
    const why = idlest.awayFor > 0 ? CLOSED : "it was idle for the longest time";
    this.#end(idlest, `${max} sessions are open, and ${why}`);
  }

  /** Ends those that nobody has used for so many ms, or whose client has been away for so many. */
  reap({ idle, gone }: Patience): void {
    for (const guest of this.all) {
      if (guest.busy) continue;
      if (guest.awayFor >= gone)
        this.#end(guest, `${CLOSED}, and asked nothing for ${gone / 1000} s`);
      else if (guest.idleFor >= idle) this.#end(guest, `nobody used it for ${idle / 1000} s`);
    }
  }

  async close(reason: string): Promise<void> {
    await allSteps(this.all.map((guest) => () => guest.close(reason)));
  }

  #end(guest: T, reason: string): void {
    guest.close(reason).catch(this.#hooks.report);
  }
}
