import type { Teardown } from "../../types/session.ts";
import { isolated } from "./isolated.ts";

type Events = { [event: string]: (...payload: never[]) => void };

/** Listeners of one object's events; `on` gives its own removal. One that throws, at once or later, is reported and changes nothing. */
export class Listeners<E extends { [K in keyof E]: (...payload: never[]) => void }> {
  readonly #all = new Map<keyof E, Set<Events[string]>>();
  readonly #report: (error: unknown, event: keyof E) => void;

  constructor(report: (error: unknown, event: keyof E) => void) {
    this.#report = report;
  }

  on<K extends keyof E>(event: K, listener: E[K]): Teardown {
    const listeners = this.#all.get(event) ?? new Set();
    this.#all.set(event, listeners);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  emit<K extends keyof E>(event: K, ...payload: Parameters<E[K]>): void {
    for (const listener of this.#all.get(event) ?? []) {
      isolated(
        () => listener(...(payload as never[])),
        (error) => this.#report(error, event),
      );
    }
  }
}
