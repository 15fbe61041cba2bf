import { H2mError } from "../../errors.ts";
import type { HarnessOptions } from "../../types/harness.ts";
import { allSteps } from "../../kit/every-step.ts";
import type { Hooks } from "../plugins/hooks.ts";
import { Restarts } from "../../kit/restarts.ts";
import type { Session } from "./session.ts";

/** Sessions of one harness that wait for clients. */
interface Pool {
  readonly size: number;
  readonly sessions: Set<Session>;
  readonly restarts: Restarts;
  retry: NodeJS.Timeout | undefined;
}

/** Keeps sessions ready whose harness has booted, so that a new client's list and first call come at once. */
export class Warm {
  #pools: ReadonlyMap<string, Pool>;
  readonly #make: (harness: string) => Session;
  readonly #hooks: Hooks;
  #open = false;

  /** `make` gives a session that no client knows yet. */
  constructor(
    harnesses: Readonly<Record<string, HarnessOptions>>,
    make: (harness: string) => Session,
    hooks: Hooks,
  ) {
    this.#pools = poolsOf(harnesses);
    this.#make = make;
    this.#hooks = hooks;
  }

  /** From now on the pools are kept full. */
  start(): void {
    this.#open = true;
    // The sessions of a host that has ended hear of it right after this.
    this.#hooks.on("host:exit", ({ harness }) => queueMicrotask(() => this.#fill(harness)));
    for (const harness of this.#pools.keys()) this.#fill(harness);
  }

  /** Other sizes; those that wait were made by the old config, and give way to new ones. */
  async configure(harnesses: Readonly<Record<string, HarnessOptions>>): Promise<void> {
    const old = this.#pools;
    this.#pools = poolsOf(harnesses);
    for (const harness of this.#pools.keys()) this.#fill(harness);
    await end(old, "the config has changed");
  }

  /** One that is ready, or else one that is starting; another takes its place in the pool. */
  take(harness: string): Session | undefined {
    const sessions = this.#pools.get(harness)?.sessions;
    const [taken] = [...(sessions ?? [])].toSorted((a, b) => Number(b.alive) - Number(a.alive));
    if (!taken) return undefined;
    sessions?.delete(taken);
    if (taken.alive) this.#pools.get(harness)?.restarts.succeeded();
    this.#fill(harness);
    return taken;
  }

  async close(reason: string): Promise<void> {
    this.#open = false;
    await end(this.#pools, reason);
  }

  #fill(harness: string): void {
    const pool = this.#pools.get(harness);
    if (!pool || !this.#open) return;
    for (const session of pool.sessions)
      if (!session.alive && !session.busy) {
        // One that has booted, and died before anybody came.
        pool.restarts.failed(
          new H2mError("harness-exited", `\`${harness}\` ended while it waited for a client.`),
        );
        this.#drop(pool, session);
      }
    const pause = pool.restarts.left;
    clearTimeout(pool.retry);
    if (pause > 0) {
      pool.retry = setTimeout(() => this.#fill(harness), pause);
      pool.retry.unref();
      return;
    }
    while (pool.sessions.size < pool.size) this.#boot(harness, pool);
  }

  #boot(harness: string, pool: Pool): void {
    const session = this.#make(harness);
    pool.sessions.add(session);
    session.channel.harness.ready().catch((cause) => {
      // Whoever took it meanwhile hears of it by the first request.
      if (!this.#open || !pool.sessions.has(session) || this.#pools.get(harness) !== pool) return;
      const error = H2mError.from(cause);
      pool.restarts.failed(error);
      this.#hooks.emit("warning", { message: `No warm session of ${harness}: ${error.text}` });
      this.#drop(pool, session);
      this.#fill(harness);
    });
  }

  #drop(pool: Pool, session: Session): void {
    pool.sessions.delete(session);
    session.close("its harness has ended").catch(this.#hooks.report);
  }
}

function poolsOf(harnesses: Readonly<Record<string, HarnessOptions>>): Map<string, Pool> {
  return new Map(
    Object.entries(harnesses).map(([harness, { warm = 0 }]) => [
      harness,
      { size: warm, sessions: new Set(), restarts: new Restarts(), retry: undefined },
    ]),
  );
}

async function end(pools: ReadonlyMap<string, Pool>, reason: string): Promise<void> {
  const all = [...pools.values()].flatMap(({ sessions, retry }) => {
    clearTimeout(retry);
    return [...sessions];
  });
  await allSteps(all.map((session) => () => session.close(reason)));
}
