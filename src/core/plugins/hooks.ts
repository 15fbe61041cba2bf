import { H2mError } from "../../errors.ts";
import type { HookEvents } from "../../types/hooks.ts";
import type { Teardown } from "../../types/session.ts";
import { Listeners } from "./listeners.ts";

/** Tells listeners what happens. One that throws, at once or later, is reported as an `error` event and changes nothing. */
export class Hooks {
  readonly #listeners = new Listeners<HookEvents>((error, event) => {
    // A broken `error` listener has nobody left to tell but the process itself.
    if (event === "error") process.emitWarning(H2mError.from(error));
    else this.report(error);
  });

  on<E extends keyof HookEvents>(event: E, listener: HookEvents[E]): Teardown {
    return this.#listeners.on(event, listener);
  }

  emit<E extends keyof HookEvents>(event: E, payload: Parameters<HookEvents[E]>[0]): void {
    this.#listeners.emit(event, ...([payload] as Parameters<HookEvents[E]>));
  }

  /** Tells of a fault that nobody waits for. */
  readonly report = (error: unknown): void => {
    this.emit("error", { error: H2mError.from(error) });
  };
}
