import { H2mError } from "../errors.ts";
import { isThenable } from "../kit/thenable.ts";
import type { HookEvents } from "../types/hooks.ts";
import type { Teardown } from "../types/session.ts";

/** Tells listeners what happens. One that throws, at once or later, is reported as an `error` event and changes nothing. */
export class Hooks {
  readonly #listeners = new Map<keyof HookEvents, Set<(event: never) => void>>();

  on<E extends keyof HookEvents>(event: E, listener: HookEvents[E]): Teardown {
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  emit<E extends keyof HookEvents>(event: E, payload: Parameters<HookEvents[E]>[0]): void {
    for (const listener of this.#listeners.get(event) ?? []) {
      try {
        const told: unknown = (listener as (payload: Parameters<HookEvents[E]>[0]) => unknown)(
          payload,
        );
        // An async function is a listener too; nobody waits for it.
        if (isThenable(told)) told.then(undefined, (error: unknown) => this.#report(event, error));
      } catch (error) {
        this.#report(event, error);
      }
    }
  }

  #report(event: keyof HookEvents, cause: unknown): void {
    const error = H2mError.from(cause);
    // A broken `error` listener has nobody left to tell but the process itself.
    if (event === "error") process.emitWarning(error);
    else this.emit("error", { error });
  }
}
