import type { Teardown } from "../types/session.ts";

type Events = { [event: string]: (...payload: never[]) => void };

/** Listeners of one object's events; `on` gives its own removal. */
export class Listeners<E extends { [K in keyof E]: (...payload: never[]) => void }> {
  readonly #all = new Map<keyof E, Set<Events[string]>>();

  on<K extends keyof E>(event: K, listener: E[K]): Teardown {
    const listeners = this.#all.get(event) ?? new Set();
    this.#all.set(event, listeners);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  emit<K extends keyof E>(event: K, ...payload: Parameters<E[K]>): void {
    for (const listener of this.#all.get(event) ?? []) listener(...(payload as never[]));
  }
}
