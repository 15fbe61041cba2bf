import { isThenable } from "../../kit/thenable.ts";

/**
 * Runs what somebody else wrote and nobody waits for: what it throws, at once or later (it may be an async function), is told
 * and goes no further.
 */
export function isolated(act: () => unknown, tell: (error: unknown) => void): void {
  try {
    const given = act();
    if (isThenable(given)) given.then(undefined, tell);
  } catch (error) {
    tell(error);
  }
}

/**
 * The same for everybody who listens to this signal: what a listener of a signal throws, Node throws outside of any call, which
 * ends the process. Of signals that are made from it, only the maker knows.
 */
export function isolateListeners(signal: AbortSignal, tell: (error: unknown) => void): AbortSignal {
  const known = new WeakMap<object, (event: Event) => void>();
  const guarded = (listener: EventListenerOrEventListenerObject | null) => {
    if (listener === null) return listener;
    const act =
      known.get(listener) ??
      ((event: Event) => {
        const call = () =>
          typeof listener === "function"
            ? (Reflect.apply(listener, signal, [event]) as unknown)
            : (listener.handleEvent(event) as unknown);
        isolated(call, tell);
      });
    known.set(listener, act);
    return act;
  };
  const { addEventListener, removeEventListener } = signal;
  let onabort: AbortSignal["onabort"] = null;
  // A listener of its own: the same function may have been added beside it.
  const hear = (event: Event) => onabort && Reflect.apply(onabort, signal, [event]);
  Object.defineProperties(signal, {
    addEventListener: {
      value: (type: string, listener: EventListener | null, options?: AddEventListenerOptions) =>
        Reflect.apply(addEventListener, signal, [type, guarded(listener), options]),
    },
    removeEventListener: {
      value: (type: string, listener: EventListener | null, options?: EventListenerOptions) =>
        Reflect.apply(removeEventListener, signal, [type, guarded(listener), options]),
    },
    onabort: {
      get: () => onabort,
      set: (listener: unknown) => {
        onabort = typeof listener === "function" ? (listener as typeof onabort) : null;
        if (onabort) signal.addEventListener("abort", hear);
        else signal.removeEventListener("abort", hear);
      },
    },
  });
  return signal;
}
