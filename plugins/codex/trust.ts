/** Whether the telemetry of a host can be relied on: it has come, and no result was missing from it since. */
export class Trust {
  readonly #warn: (message: string) => void;
  #heard = false;
  #broken = false;
  #warned = false;

  constructor(warn: (message: string) => void) {
    this.#warn = warn;
  }

  /** Calls may be settled early. */
  get open(): boolean {
    return this.#heard && !this.#broken;
  }

  /** Telemetry has come. `result`: with the result of a call. */
  heard(result: boolean): void {
    this.#heard = true;
    if (result) this.#broken = false;
  }

  /** The result of a call is missing. Until another one comes, each call waits for the next turn. */
  broke(): void {
    this.#broken = true;
    if (this.#warned) return;
    this.#warned = true;
    this.#warn(
      "its telemetry lacks the result of a call: until it is back, each call takes a turn of its own",
    );
  }
}
