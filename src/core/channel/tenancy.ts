import { H2mError } from "../../errors.ts";
import type { Tool, ToolAnnotations } from "../../types/mcp.ts";
import type { ToolCall } from "../../types/turn.ts";
import {
  abortable,
  type Deferred,
  deferred,
  seconds,
  untilFirst,
  within,
} from "../../kit/deadline.ts";
import { everyStep } from "../../kit/every-step.ts";
import type { KeptList } from "../tools/catalog.ts";
import type { Forbids } from "../call/gate.ts";
import type { Host } from "../host/host.ts";
import type { Occupant } from "../host/seats.ts";
import { noneAttached } from "./none-attached.ts";
import { Restarts } from "../host/restarts.ts";

/** Where a session's harness comes from. */
export interface HarnessSource {
  readonly harness: string;
  readonly cwd?: string | undefined;
  /** Known without a turn. */
  version(): Promise<string | undefined>;
  /** Its list of the last time; without this each list is waited for. */
  readonly list?: KeptList | undefined;
  /** Of its own tools, by name. */
  readonly annotations?: Readonly<Record<string, ToolAnnotations>> | undefined;
  /** Says what clients may be shown. @throws H2mError `list-changed` */
  readonly accept?: ((tools: readonly Tool[]) => void) | undefined;
  /** Why a call may never go out. */
  readonly forbids?: Forbids | undefined;
  /** Finds a host with a free seat and takes it; without this the harness attaches itself. */
  seat?(occupant: Occupant): Promise<{ host: Host; seatId: string }>;
}

export interface TenancyOptions {
  readonly source: HarnessSource;
  readonly occupant: Occupant;
  /** Milliseconds to wait for the first turn, and to end. */
  readonly connect: number;
  readonly shutdown: number;
  /** The end of the session. */
  readonly over: AbortSignal;
  /** A start has failed after turns had come: what is out has lost its harness. */
  onFailedStart(error: H2mError): void;
}

/** A session's hold on its harness: starts it when it is needed, and notices its end. */
export class Tenancy {
  readonly #options: TenancyOptions;
  readonly #restarts = new Restarts();
  #host: Host | undefined;
  #seatId = "";
  #starting: Promise<void> | undefined;
  /** The end of a host that came too late. */
  #late: Promise<void> | undefined;
  #firstTurn: Deferred<void> = deferred();
  #here = false;

  constructor(options: TenancyOptions) {
    this.#options = options;
  }

  /** A turn has come, and the harness has not ended since. */
  get here(): boolean {
    return this.#here;
  }

  get starting(): boolean {
    return this.#starting !== undefined;
  }

  /** Launched by us, and running. */
  get launched(): boolean {
    return this.#host !== undefined;
  }

  /** Waits until a turn is here, or was and its calls are out. */
  ready(signal?: AbortSignal): Promise<void> {
    const { over } = this.#options;
    if (over.aborted) return Promise.reject(over.reason);
    // Nothing is started for a call that nobody waits for.
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.#here) return Promise.resolve();
    this.#starting ??= this.#start().finally(() => (this.#starting = undefined));
    return abortable(this.#starting, signal);
  }

  /** A root turn has come. Tells whether it is the first one. */
  arrived(): boolean {
    const first = !this.#here;
    this.#here = true;
    this.#firstTurn.resolve();
    return first;
  }

  /** The harness did what it is there for. */
  worked(): void {
    this.#restarts.succeeded();
  }

  /** The harness did not do what it is there for. */
  failed(error: H2mError): void {
    this.#restarts.failed(error);
  }

  /** A host has ended; tells whether it was ours. */
  lost(host: Host, error: H2mError): boolean {
    if (this.#host !== host) return false;
    // During a start the start itself fails, and counts.
    if (!this.#starting) this.#restarts.failed(error);
    this.#leave();
    return true;
  }

  outgoing(call: ToolCall): ToolCall {
    return this.#host?.outgoing(this.#seatId, call) ?? call;
  }

  settlesEarly(call: ToolCall): boolean {
    return this.#host?.settlesEarly(call) ?? false;
  }

  /** Why a call that is out was given up, with what else is known of it. */
  gaveUp(call: ToolCall, reason: unknown): unknown {
    return this.#host?.gaveUp(this.#seatId, call, reason) ?? reason;
  }

  async cancel(call: ToolCall): Promise<void> {
    await this.#host?.cancel(this.#seatId, call);
  }

  get canReset(): boolean {
    return this.#host?.canReset ?? false;
  }

  get growth(): number {
    return this.#host?.growth(this.#seatId) ?? 0;
  }

  /** The end of the session, and that of the harness of now. */
  get ends(): readonly AbortSignal[] {
    const { over } = this.#options;
    return this.#host ? [over, this.#host.exited] : [over];
  }

  async reset(): Promise<readonly string[]> {
    return (await this.#host?.reset(this.#seatId)) ?? [];
  }

  /** Gives the seat up, and with the last one the host. The next `ready` takes another. */
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
    const { source, connect, over } = this.#options;
    if (!source.seat) return within(this.#firstTurn.promise, connect, () => this.#tooLate(), over);
    this.#restarts.check(source.harness);
    const end = Date.now() + connect;
    try {
      const { host, seatId } = await this.#taken(source.seat(this.#options.occupant));
      this.#host = host;
      this.#seatId = seatId;
      const opened = host.open(seatId).then(() => this.#firstTurn.promise);
      const left = Math.max(0, end - Date.now());
      await untilFirst(this.ends, (first) => within(opened, left, () => this.#tooLate(), first));
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
  async #taken(
    taking: Promise<{ host: Host; seatId: string }>,
  ): Promise<{ host: Host; seatId: string }> {
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
    const { source, connect } = this.#options;
    if (!source.seat) return noneAttached(connect);
    const tail = this.#host?.tail;
    const output = tail ? ` The end of its output: ${tail}` : "";
    return new H2mError(
      "no-harness",
      `\`${source.harness}\` sent no request within ${seconds(connect)}.${output}`,
      {
        hint: "Start it once by hand to see why, or raise `timeouts.connect`.",
      },
    );
  }
}
