import { H2mError } from "../errors.ts";
import type { HookEvents } from "../types/hooks.ts";
import type { Teardown } from "../types/session.ts";

/** Tells listeners what happens. A listener that throws is reported as an `error` event and changes nothing. */
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
        (listener as (payload: Parameters<HookEvents[E]>[0]) => void)(payload);
      } catch (error) {
        // A broken `error` listener has nobody left to tell but the process itself.
        if (event === "error") process.emitWarning(H2mError.from(error));
        else this.emit("error", { error: H2mError.from(error) });
      }
    }
  }
}
