/** Whether the telemetry of a host can be relied on: it has come, and no result was missing from it since. */
export class Trust {
  readonly #warn: (message: string) => void;
  readonly #version: string;
  #heard = false;
  #broken = false;
  #warned = false;

  constructor(warn: (message: string) => void, version = "of an unknown version") {
    this.#warn = warn;
    this.#version = version;
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
      `its telemetry lacks the result of a call (codex ${this.#version}): until it is back, each call takes a turn of its own, which is slower`,
    );
  }
}
