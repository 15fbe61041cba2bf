import { setTimeout as sleep } from "node:timers/promises";
import { createH2m, type CreateOptions, type H2m } from "../h2m.ts";
import type { ResolvedConfig } from "../types/config.ts";
import { complain } from "./output.ts";

const SIGNALS: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP"];
/** Milliseconds beyond `timeouts.shutdown` after which the process ends whatever still runs. */
const GRACE = 1_000;

/** How long this process shall live: until a signal, or an error that nobody caught. */
export interface Lifetime {
  /** Aborted when it is time to stop. */
  readonly signal: AbortSignal;
  /** Whether an uncaught error was the reason. */
  failed(): boolean;
}

/** Takes over the signals: the first one asks to stop, the second stops at once. */
export function takeLife(): Lifetime {
  const control = new AbortController();
  let failed = false;
  for (const name of SIGNALS) {
    process.on(name, () => {
      if (control.signal.aborted) process.exit(1);
      control.abort();
    });
  }
  process.on("uncaughtException", (error) => {
    complain(error, true);
    failed = true;
    control.abort();
  });
  return { signal: control.signal, failed: () => failed };
}

/** Runs something with an h2m, which is closed afterwards within `timeouts.shutdown`. */
export async function withH2m(
  life: Lifetime,
  config: ResolvedConfig,
  options: CreateOptions,
  use: (h2m: H2m) => Promise<number>,
): Promise<number> {
  const starting = createH2m(config, options);
  const h2m = await Promise.race([starting, stopped(life)]);
  try {
    return h2m ? await use(h2m) : 1;
  } finally {
    const limit = config.timeouts.shutdown + GRACE;
    const closed = starting.then((late) => late.close());
    await Promise.race([closed, sleep(limit, undefined, { ref: false })]);
  }
}

/** Resolves when it is time to stop. */
export function stopped({ signal }: Lifetime): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });
}
