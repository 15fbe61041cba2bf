import { H2mError } from "../../errors.ts";
import type { CallQueue } from "./call-queue.ts";
import type { Conversation } from "./conversation.ts";
import { Haste } from "./haste.ts";
import type { Hooks } from "../plugins/hooks.ts";
import type { Reset } from "./reset.ts";
import type { RootRule } from "./root-rule.ts";
import type { Tenancy } from "./tenancy.ts";
import { Watchdog } from "./watchdog.ts";

export interface RecoveryOptions {
  readonly harness: string;
  readonly conversation: Conversation;
  readonly rule: RootRule;
  readonly queue: CallQueue;
  readonly tenancy: Tenancy;
  readonly reset: Reset;
  readonly hooks: Hooks;
  /** The end of the session. */
  readonly over: AbortSignal;
  /** Clients should be told. */
  onNotice(message: string): void;
}

/** What goes with a harness that has done calls. */
const KEPT = "all that it kept of earlier calls (its shells, their folder, files read, lists)";

/** What a session does when its harness ends, asks without pause, or does not ask any more. */
export class Recovery {
  readonly #options: RecoveryOptions;
  readonly #haste = new Haste();
  readonly #watchdog = new Watchdog(
    () => this.#owesTurn,
    () => this.#goad(),
  );
  /** The harness of now has done a call: it may have kept something of it. */
  #used = false;

  constructor(options: RecoveryOptions) {
    this.#options = options;
  }

  /** A call has its result. `own`: the driver's. */
  settled(own: boolean): void {
    if (!own) this.#used = true;
    this.#haste.rest();
    this.#watchdog.look();
  }

  /** A turn has come; the calls that waited for it are about to go out. */
  turn(): void {
    this.#watchdog.look();
    if (!this.#haste.turn() || !this.#options.tenancy.launched) return;
    // A harness that answers nothing and asks at once would keep us busy for ever.
    this.#haste.rest();
    void this.replace(this.#fault("asks again and again without waiting for an answer"));
  }

  /** A call waits or has failed, the held turn is gone, or a new history is there. */
  look(): void {
    this.#watchdog.look();
  }

  /** Starts the harness for the calls that wait. */
  wake(): void {
    const { tenancy, queue } = this.#options;
    tenancy.ready().catch((error) => queue.failWaiting(H2mError.from(error)));
  }

  /** The harness is gone: what is out fails, what waits gets a new one. */
  abandon(error: H2mError): void {
    const { rule, reset, conversation, queue, over } = this.#options;
    rule.forget();
    reset.forget();
    this.#watchdog.rest();
    if (this.#used) this.#tell();
    conversation.abandon(
      new H2mError("outcome-unknown", error.message, {
        hint: "The call was out: it may or may not have run, and is not sent again.",
        cause: error,
      }),
    );
    // What the driver wanted was for that harness.
    queue.failUrgent(error);
    if (queue.waiting && !over.aborted) this.wake();
  }

  /** The harness does not do as it should: another one takes its place. Never rejects. */
  async replace(error: H2mError): Promise<void> {
    const { hooks, tenancy } = this.#options;
    hooks.emit("warning", { message: error.text });
    tenancy.failed(error);
    const ended = tenancy.end();
    // At once: while the old one takes its time, calls go to the new one.
    this.abandon(error);
    try {
      await ended;
    } catch (cause) {
      hooks.emit("error", { error: H2mError.from(cause) });
    }
  }

  /** The session is over. */
  end(): void {
    this.#watchdog.rest();
  }

  /** Nothing is out, calls wait, and yet no turn is here. */
  get #owesTurn(): boolean {
    const { tenancy, conversation, reset, queue } = this.#options;
    const quiet = !conversation.open && !conversation.busy && !reset.running;
    return tenancy.here && tenancy.launched && quiet && queue.waiting;
  }

  /** A new history makes it ask again; a new harness takes its place where that cannot be had. */
  #goad(): void {
    const error = this.#fault("sends no request any more, while calls wait");
    if (!this.#options.reset.now("it sent no request any more")) void this.replace(error);
  }

  #tell(): void {
    const { harness, reset, onNotice } = this.#options;
    this.#used = false;
    reset.lost([KEPT]);
    onNotice(`${harness} is started anew. Lost: ${KEPT}.`);
  }

  #fault(what: string): H2mError {
    return new H2mError("harness-exited", `\`${this.#options.harness}\` ${what}.`);
  }
}
