import { H2mError } from "../errors.ts";
import { allSteps } from "./every-step.ts";
import type { Hooks } from "./hooks.ts";

/** What is kept as long as anybody uses it. */
export interface Guest {
  /** In use at this moment. */
  readonly busy: boolean;
  /** Milliseconds since anybody used it. */
  readonly idleFor: number;
  close(reason: string): Promise<void>;
}

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
   * The one that nobody has used for the longest time gives way; one in use never does.
   * @throws H2mError `too-many-sessions`
   */
  makeRoom(): void {
    const { max } = this;
    if (this.#guests.size < max) return;
    const idle = this.all.filter((guest) => !guest.busy);
    const [idlest] = idle.toSorted((a, b) => b.idleFor - a.idleFor);
    if (!idlest) {
      throw new H2mError(
        "too-many-sessions",
        `${max} sessions are open, all of them in use, and no more are allowed.`,
        {
          hint: "Close one, or raise `sessions.max`.",
        },
      );
    }
    this.#end(idlest, `${max} sessions are open, and it was idle for the longest time`);
  }

  /** Ends those that nobody has used for so many ms. */
  reap(idle: number): void {
    for (const guest of this.all) {
      if (guest.busy || guest.idleFor < idle) continue;
      this.#end(guest, `nobody used it for ${idle / 1000} s`);
    }
  }

  async close(reason: string): Promise<void> {
    await allSteps(this.all.map((guest) => () => guest.close(reason)));
  }

  #end(guest: T, reason: string): void {
    guest.close(reason).catch(this.#hooks.report);
  }
}
