import { readFileSync } from "node:fs";
import { setImmediate, setTimeout as sleep } from "node:timers/promises";

/** Waits until a thing is so; what it gives is handed on. @throws if it is not so within `ms` */
export async function until<T>(
  what: string,
  look: () => T | Promise<T>,
  ms = 5_000,
): Promise<NonNullable<T>> {
  const deadline = Date.now() + ms;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`Not within ${ms} ms: ${what}`);
    await sleep(10);
  }
}

/** Whether a process lives; one that has ended and waits for its parent does not. */
export function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  if (process.platform !== "linux") return true;
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return false;
  }
}

/** What a promise is rejected with. @throws if it is not */
export async function failure(promise: Promise<unknown>): Promise<Error & { code?: unknown }> {
  const value = await promise.then(
    (found) => ({ found }),
    (error: unknown) => error,
  );
  if (value instanceof Error) return value;
  throw new Error(`It did not fail: ${JSON.stringify(value)}`);
}

/** The failures of promises that nobody handled while something was done: each of them ends a Node process. */
export async function unhandled(act: () => Promise<void>): Promise<unknown[]> {
  const missed: unknown[] = [];
  const hear = (reason: unknown) => void missed.push(reason);
  process.on("unhandledRejection", hear);
  try {
    await act();
    // Node looks for them after the microtasks of a round.
    for (let round = 0; round < 3; round++) await setImmediate();
  } finally {
    process.off("unhandledRejection", hear);
  }
  return missed;
}
