import { H2mError } from "../../errors.ts";
import { allSteps } from "../../kit/every-step.ts";
import type { Hooks } from "../plugins/hooks.ts";

/** What is kept as long as anybody uses it. */
export interface OpenSession {
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

/** Why a session ends while the server drains. */
export const DRAINING = "the server is about to end";
const CLOSED = "its client has closed its stream";

/** Sessions that are open: at most so many, and those that nobody uses end. */
export class OpenSessions<T extends OpenSession> {
  /** How many may be open. */
  max: number;
  /** None is opened any more. */
  draining = false;
  readonly #open = new Set<T>();
  readonly #hooks: Hooks;

  constructor(max: number, hooks: Hooks) {
    this.max = max;
    this.#hooks = hooks;
  }

  get all(): readonly T[] {
    return [...this.#open];
  }

  add(session: T): void {
    this.#open.add(session);
  }

  delete(session: T): void {
    this.#open.delete(session);
  }

  /** @throws H2mError `draining`: what is about to begin might not come to its end */
  readonly mustTake = (): void => {
    if (!this.draining) return;
    throw new H2mError("draining", "The server is about to end: nothing new begins here.", {
      hint: "Nothing has run. Connect again in a while, which begins a new session.",
    });
  };

  /** Ends those in which nothing runs. */
  endQuiet(reason: string): void {
    for (const session of this.all) if (!session.busy) this.#end(session, reason);
  }

  /** Whether another one could be opened now. */
  get room(): boolean {
    return this.#open.size < this.max || this.all.some((session) => !session.busy);
  }

  /**
   * One whose client seems to have gone gives way, else the one that nobody has used for the longest time; one in use never does.
   * @throws H2mError `too-many-sessions`, `draining`
   */
  makeRoom(): void {
    this.mustTake();
    const { max } = this;
    if (this.#open.size < max) return;
    const idle = this.all.filter((session) => !session.busy);
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
    for (const session of this.all) {
      if (session.busy) continue;
      if (session.awayFor >= gone)
        this.#end(session, `${CLOSED}, and asked nothing for ${gone / 1000} s`);
      else if (session.idleFor >= idle) this.#end(session, `nobody used it for ${idle / 1000} s`);
    }
  }

  async close(reason: string): Promise<void> {
    await allSteps(this.all.map((session) => () => session.close(reason)));
  }

  #end(session: T, reason: string): void {
    session.close(reason).catch(this.#hooks.report);
  }
}
