/**
 * Waits for a promise, for at most `ms` milliseconds, or until the signal aborts. The promise is handled in any case, also
 * when nobody waits for it any more: its failure would end the process otherwise.
 * @throws what `late` makes when the time is over, or the signal's reason.
 */
export function within<T>(
  promise: Promise<T>,
  ms: number,
  late: () => Error,
  signal?: AbortSignal,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const onAbort = () => finish(() => reject(signal?.reason));
    const timer = setTimeout(() => finish(() => reject(late())), ms);
    const finish = (act: () => void) => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
      act();
    };
    promise.then(
      (value) => finish(() => resolve(value)),
      (error) => finish(() => reject(error)),
    );
    if (signal?.aborted) return onAbort();
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}

/** `2.5 s`, for messages. */
export function seconds(ms: number): string {
  return `${Number((ms / 1000).toFixed(1))} s`;
}

/**
 * Waits for a promise or for the signal, whichever ends first. The promise is handled in any case, as by {@link within}.
 * @throws the signal's reason
 */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  return new Promise<T>((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
    if (signal.aborted) return onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
  });
}

/**
 * Does something with a signal that is aborted with the first of several, and lets go of them when it is done. On Node 20
 * `AbortSignal.any` leaves something behind in each of them (20.20.2: 60 bytes), and that of a session lives long.
 */
export async function untilFirst<T>(
  signals: readonly (AbortSignal | undefined)[],
  act: (first: AbortSignal) => Promise<T>,
): Promise<T> {
  const given = signals.filter((signal) => signal !== undefined);
  const control = new AbortController();
  const onAbort = (event: Event) => control.abort((event.target as AbortSignal).reason);
  for (const signal of given) {
    if (signal.aborted) control.abort(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
  }
  try {
    return await act(control.signal);
  } finally {
    for (const signal of given) signal.removeEventListener("abort", onAbort);
  }
}

export interface Deferred<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
}

/** A promise and the way to fulfil it (`Promise.withResolvers` needs Node 22). */
export function deferred<T>(): Deferred<T> {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((fulfil) => (resolve = fulfil));
  return { promise, resolve };
}
