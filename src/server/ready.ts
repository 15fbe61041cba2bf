import type { H3 } from "h3";
import type { HookEvents } from "../types/hooks.ts";
import type { Teardown } from "../types/session.ts";

/** So many ends of a harness in a row, none of which was preceded by a request of it, say that it does not work. */
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
  options.on("turn", ({ session }) => void fails.delete(session.harness));
  options.on("host:exit", ({ harness, expected }) => {
    const count = (fails.get(harness)?.count ?? 0) + 1;
    if (!expected) fails.set(harness, { count, last: Date.now() });
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
