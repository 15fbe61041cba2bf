import type { H3 } from "h3";
import type { HookEvents } from "../types/hooks.ts";
import type { Teardown } from "../types/session.ts";

/** So many starts of a harness in a row that ended, or were given up, before any request of it came, say that it does not work. */
const IN_A_ROW = 3;
/** Milliseconds after which it may be tried again: nobody comes to a server that is not ready, so nothing else would tell. */
const REST = 30_000;
/** Milliseconds that an answer holds: a balancer asks often, and looking for a program may start it. */
const FRESH = 1_000;
/** Milliseconds for looking for a harness: one that takes longer is taken for one that is there. */
const PATIENCE = 2_000;

export interface ReadyOptions {
  readonly version: string;
  /** Whether another session could be opened. */
  room(): "ready" | "full" | "draining";
  /** The names of the configured harnesses. */
  harnesses(): readonly string[];
  /** Milliseconds that a start has until its first request. */
  connect(): number;
  /** Looks for the program of one. Rejects if it is not there. */
  install(harness: string): Promise<unknown>;
  on<E extends keyof HookEvents>(event: E, listener: HookEvents[E]): Teardown;
}

/**
 * `GET /ready`, open without a token: `{ status, version }`. 200 with `ready`; 503 with `full`, `draining`, or `no-harness`: none of
 * the configured ones is there and starts.
 */
export function addReadyRoute(app: H3, options: ReadyOptions): void {
  const fails = new Map<string, { count: number; last: number }>();
  /** The starts since whose beginning no request came, by pid. */
  const silent = new Map<number, { harness: string; since: number }>();
  options.on("host:start", ({ harness, pid }) => {
    silent.set(pid, { harness, since: performance.now() });
  });
  options.on("turn", ({ session: { harness } }) => {
    fails.delete(harness);
    for (const [pid, start] of silent) if (start.harness === harness) silent.delete(pid);
  });
  options.on("host:exit", ({ harness, pid, expected }) => {
    const start = silent.get(pid);
    silent.delete(pid);
    // One that we end ourselves has failed only if it had its time, of which looking for the program may have taken a part.
    const late = start && performance.now() - start.since >= options.connect() / 2;
    if (expected && !late) return;
    const count = (fails.get(harness)?.count ?? 0) + 1;
    fails.set(harness, { count, last: Date.now() });
  });
  const works = async (harness: string) => {
    const { count = 0, last = 0 } = fails.get(harness) ?? {};
    if (count >= IN_A_ROW && Date.now() - last < REST) return false;
    const late = new Promise<true>((resolve) => setTimeout(resolve, PATIENCE, true).unref());
    return Promise.race([
      late,
      options.install(harness).then(
        () => true,
        () => false,
      ),
    ]);
  };
  let looked = { at: -FRESH, any: Promise.resolve(true) };
  const anyWorks = () => {
    const now = performance.now();
    if (now - looked.at < FRESH) return looked.any;
    const harnesses = options.harnesses();
    const any =
      harnesses.length === 0
        ? Promise.resolve(true)
        : Promise.all(harnesses.map(works)).then((all) => all.includes(true));
    looked = { at: now, any };
    return any;
  };
  app.get("/ready", async () => {
    const room = options.room();
    const status = room !== "ready" ? room : (await anyWorks()) ? room : "no-harness";
    const code = status === "ready" ? 200 : 503;
    return Response.json({ status, version: options.version }, { status: code });
  });
}
