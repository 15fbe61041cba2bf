import { H2mError } from "../../errors.ts";
import {
  abortable,
  type Deferred,
  deferred,
  seconds,
  untilFirst,
  within,
} from "../../kit/deadline.ts";
import { everyStep } from "../../kit/every-step.ts";
import type { OutCall } from "../../types/harness.ts";
import type { ToolCall } from "../../types/turn.ts";
import type { HandedCall } from "../host/hand-over.ts";
import type { Host } from "../host/host.ts";
import { Restarts } from "../../kit/restarts.ts";
import type { Occupant } from "../host/seats.ts";
import type { Harness } from "./harness.ts";
import type { Taken } from "./source.ts";

export interface LaunchedOptions {
  readonly harness: string;
  /** Finds a host with a free seat and takes it. */
  seat(occupant: Occupant): Promise<Taken>;
  readonly occupant: Occupant;
  /** Milliseconds to wait for the first turn, and to end. */
  readonly connect: number;
  readonly shutdown: number;
  /** The end of the session. */
  readonly over: AbortSignal;
  /** A start has failed after turns had come: what is out has lost its harness. */
  onFailedStart(error: H2mError): void;
}

/** One that h2m starts when it is needed, and whose end it notices. */
export class LaunchedHarness implements Harness {
  readonly attached = false;
  readonly #options: LaunchedOptions;
  readonly #restarts = new Restarts();
  #host: Host | undefined;
  #seatId = "";
  #starting: Promise<void> | undefined;
  /** The end of a host that came too late. */
  #late: Promise<void> | undefined;
  #firstTurn: Deferred<void> = deferred();
  #here = false;

  constructor(options: LaunchedOptions) {
    this.#options = options;
  }

  get here(): boolean {
    return this.#here;
  }

  get starting(): boolean {
    return this.#starting !== undefined;
  }

  get pid(): number | undefined {
    return this.#host?.pid;
  }

  ready(signal?: AbortSignal): Promise<void> {
    const { over } = this.#options;
    if (over.aborted) return Promise.reject(over.reason);
    // Nothing is started for a call that nobody waits for.
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.#here) return Promise.resolve();
    this.#starting ??= this.#start().finally(() => (this.#starting = undefined));
    return abortable(this.#starting, signal);
  }

  arrived(): boolean {
    const first = !this.#here;
    this.#here = true;
    this.#firstTurn.resolve();
    return first;
  }

  worked(): void {
    this.#restarts.succeeded();
  }

  failed(error: H2mError): void {
    this.#restarts.failed(error);
  }

  lost(host: Host, error: H2mError): boolean {
    if (this.#host !== host) return false;
    // During a start the start itself fails, and counts.
    if (!this.#starting) this.#restarts.failed(error);
    this.#leave();
    return true;
  }

  /** It ends with its process: that is heard of. */
  hungUp(): void {}

  outgoing(call: ToolCall, out: OutCall): HandedCall {
    return this.#host?.send(this.#seatId, call, out) ?? { call, early: false };
  }

  whyGivenUp(call: ToolCall, reason: unknown): unknown {
    return this.#host?.gaveUp(this.#seatId, call, reason) ?? reason;
  }

  get canRenew(): boolean {
    return this.#host?.canReset ?? false;
  }

  get growth(): number {
    return this.#host?.growth(this.#seatId) ?? 0;
  }

  async renew(): Promise<readonly string[]> {
    const host = this.#host;
    if (!host) return [];
    const seatId = this.#seatId;
    return untilFirst([this.#options.over, host.exited], (first) =>
      abortable(host.reset(seatId), first),
    );
  }

  /** Gives the seat up, and with the last one the host. */
  async end(): Promise<void> {
    const host = this.#host;
    const seatId = this.#seatId;
    const starting = this.#starting;
    this.#leave();
    const { shutdown } = this.#options;
    await everyStep(
      () => host?.close(seatId, shutdown),
      // A start that was under way ends its own host.
      () => starting?.catch(() => {}),
      // A program that does not answer while it is looked at holds nothing up.
      () => this.#late && within(this.#late, shutdown, () => new Error("late")).catch(() => {}),
    );
  }

  #leave(): void {
    this.#host = undefined;
    this.#here = false;
    this.#firstTurn = deferred();
  }

  async #start(): Promise<void> {
    const { harness, connect, over } = this.#options;
    this.#restarts.check(harness);
    const end = Date.now() + connect;
    try {
      const { host, seatId } = await this.#taken(this.#options.seat(this.#options.occupant));
      this.#host = host;
      this.#seatId = seatId;
      const opened = host.open(seatId).then(() => this.#firstTurn.promise);
      const left = Math.max(0, end - Date.now());
      await untilFirst([over, host.exited], (first) =>
        within(opened, left, () => this.#tooLate(), first),
      );
    } catch (error) {
      const known = H2mError.from(error);
      if (!over.aborted && known.code !== "not-installed") this.#restarts.failed(known);
      const host = this.#host;
      const used = this.#here;
      this.#leave();
      if (used && !over.aborted) this.#options.onFailedStart(known);
      await host?.close(this.#seatId, this.#options.shutdown);
      throw known;
    }
  }

  /** Waits for a seat; one that comes too late, or after our end, is given up. */
  async #taken(taking: Promise<Taken>): Promise<Taken> {
    const { connect, shutdown, over } = this.#options;
    try {
      return await within(taking, connect, () => this.#tooLate(), over);
    } catch (error) {
      this.#late = taking.then(
        ({ host, seatId }) => host.close(seatId, shutdown),
        () => {}, // The launch itself failed: that is the error below.
      );
      // `end` waits for it, but may not have been asked to yet when it fails.
      this.#late.catch(() => {});
      throw error;
    }
  }

  #tooLate(): H2mError {
    const { harness, connect } = this.#options;
    const tail = this.#host?.tail;
    const output = tail ? ` The end of its output: ${tail}` : "";
    return new H2mError(
      "no-harness",
      `\`${harness}\` sent no request within ${seconds(connect)}.${output}`,
      {
        hint: "Start it once by hand to see why, or raise `timeouts.connect`.",
      },
    );
  }
}
