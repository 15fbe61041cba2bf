import { closeSync, constants, openSync } from "node:fs";
import { constants as system } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { createH2m, type CreateOptions, type H2m } from "../../h2m.ts";
import type { ResolvedConfig } from "../../types/config.ts";
import type { Teardown } from "../../types/session.ts";
import { complain } from "../output/output.ts";

const SIGNALS: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM"];
/** Milliseconds beyond `timeouts.shutdown` after which the process ends whatever still runs. */
const GRACE = 1_000;

/** How long this process shall live: until a signal, or an error that nobody caught. */
export interface Lifetime {
  /** Aborted when it is time to stop. */
  readonly signal: AbortSignal;
  /** Whether an uncaught error was the reason. */
  failed(): boolean;
  /** The exit code of what was stopped before it was done: after a signal the one that shells give for it, such as 130; else 1. */
  code(): number;
  /** Hears SIGHUP, also one that has come already. */
  onHangUp(listener: () => void): Teardown;
}

/**
 * Takes over the signals: the first one asks to stop, the second stops at once. `serves`: SIGHUP is heard by whoever asks for it,
 * unless it says that our terminal has gone.
 */
export function takeLife(serves: boolean): Lifetime {
  const control = new AbortController();
  let failed = false;
  let code = 1;
  const stop = (signal: NodeJS.Signals) => {
    if (control.signal.aborted) process.exit(code);
    code = 128 + system.signals[signal];
    control.abort();
  };
  for (const name of SIGNALS) process.on(name, stop);
  const hangUps = new HangUps();
  const terminal = hasTerminal();
  process.on("SIGHUP", (signal) => {
    if (!serves || (terminal && !hasTerminal())) return stop(signal);
    hangUps.came();
  });
  process.on("uncaughtException", (error) => {
    complain(error, true);
    failed = true;
    control.abort();
  });
  return {
    signal: control.signal,
    failed: () => failed,
    code: () => code,
    onHangUp: (listener) => hangUps.hear(listener),
  };
}

/** Each SIGHUP for one listener; one that comes before it waits for it. */
class HangUps {
  #listener: (() => void) | undefined;
  #waits = false;

  came(): void {
    if (this.#listener) this.#listener();
    else this.#waits = true;
  }

  hear(listener: () => void): Teardown {
    this.#listener = listener;
    if (this.#waits) listener();
    this.#waits = false;
    return () => (this.#listener = undefined);
  }
}

/** A process that has lost its terminal cannot open it any more (seen on Linux: ENXIO), while its files may still be open. */
function hasTerminal(): boolean {
  try {
    closeSync(openSync("/dev/tty", constants.O_RDONLY | constants.O_NOCTTY | constants.O_NONBLOCK));
    return true;
  } catch {
    return false;
  }
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
    return h2m ? await use(h2m) : life.code();
  } finally {
    const limit = (h2m?.config ?? config).timeouts.shutdown + GRACE;
    const closed = starting.then((late) => late.close());
    await Promise.race([closed, sleep(limit, undefined, { ref: false })]);
  }
}

/** Resolves when it is time to stop. */
export function stopped({ signal }: Pick<Lifetime, "signal">): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });
}
