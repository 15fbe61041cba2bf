import { H2mError } from "../../errors.ts";
import { seconds } from "../../kit/deadline.ts";
import type { SessionInfo } from "../../types/session.ts";
import type { Hooks } from "../plugins/hooks.ts";
import type { Harness } from "./harness.ts";
import { growthOf, INSIST, type Keeper, TIMES } from "./keeper.ts";
import type { Losses } from "./losses.ts";
import type { Machine } from "./machine.ts";

export interface UpkeepOptions {
  /** The harness's, for messages. */
  readonly name: string;
  readonly hooks: Hooks;
  session(): SessionInfo;
  /** The end of the session. */
  readonly over: AbortSignal;
  readonly machine: Machine;
  readonly harness: Harness;
  readonly keeper: Keeper;
  readonly losses: Losses;
  /** Tells the machine of something; `check` is called after it. */
  step(act: () => void): void;
}

/**
 * Keeps a harness going: starts it for calls that wait, has its history begin anew when that has grown, and puts another one in its
 * place when it ends, asks without pause, or does not ask any more.
 */
export class Upkeep {
  readonly #options: UpkeepOptions;
  #waking = false;
  #unmeasured = false;
  /** The history has been started anew. */
  #fresh = false;
  /** Why the history is being started anew. */
  #renewal: { readonly why: string } | undefined;

  constructor(options: UpkeepOptions) {
    this.#options = options;
  }

  /** A root turn has come. */
  turn(): void {
    const { keeper, harness } = this.#options;
    // A harness that answers nothing and asks at once would keep us busy for ever.
    if (!keeper.tooHasty() || harness.attached) return;
    keeper.calm();
    void this.#replace(this.#fault("asks again and again without waiting for an answer"));
  }

  /** A step is over, with all that came of it: what is to be done now? */
  check(): void {
    const { over, machine, harness, keeper } = this.#options;
    if (over.aborted) return keeper.stopAll();
    if (harness.here && harness.canRenew && !machine.renewing) this.#renewIfGrown();
    const owed = harness.here && !harness.attached && machine.owedTurn;
    if (owed) keeper.begin("silence", TIMES.silence, () => this.#onSilence());
    else keeper.stop("silence");
    if (machine.waits && !harness.here) this.#wake();
  }

  #renewIfGrown(): void {
    const { machine } = this.#options;
    const grown = growthOf(machine.size, this.#growth());
    if (grown < 1) return machine.release();
    // A measure that a new history does not lower: nothing is gained before something was done in it.
    if (this.#fresh && machine.size.calls === 0) return;
    if (!machine.busy) this.#renew("it had grown");
    else if (grown >= INSIST) machine.holdBack();
  }

  /** By the driver's measure, whose fault is told once and holds no call up. */
  #growth(): number {
    const { harness, hooks } = this.#options;
    if (this.#unmeasured) return 0;
    try {
      return harness.growth;
    } catch (error) {
      this.#unmeasured = true;
      hooks.report(error);
      return 0;
    }
  }

  /** Starts the harness for the calls that wait. */
  #wake(): void {
    if (this.#waking) return;
    this.#waking = true;
    const { harness, machine, step } = this.#options;
    const over = (act?: () => void) =>
      step(() => {
        this.#waking = false;
        act?.();
      });
    harness.ready().then(
      () => over(),
      (error) => over(() => machine.failWaiting(H2mError.from(error))),
    );
  }

  /** A new history makes it ask again; a new harness takes its place where that cannot be had. */
  #onSilence(): void {
    const error = this.#fault("sends no request any more, while calls wait");
    if (this.#options.harness.canRenew) this.#renew("it sent no request any more");
    else void this.#replace(error);
  }

  #renew(why: string): void {
    const { machine, harness, keeper, over, step } = this.#options;
    const renewal = { why };
    this.#renewal = renewal;
    const failed = (error: unknown) => {
      // With the session it ends in order.
      if (this.#renewal === renewal && !over.aborted) void this.#replace(H2mError.from(error));
    };
    const message = `The harness did not start its history anew within ${seconds(TIMES.renewal)}.`;
    keeper.begin("renewal", TIMES.renewal, () => failed(new H2mError("timeout", message)));
    machine.renew();
    harness.renew().then((lost) => {
      if (this.#renewal === renewal) step(() => machine.renewedBy(lost));
    }, failed);
  }

  /** The history is new. */
  renewed(lost: readonly string[]): void {
    const { keeper, losses } = this.#options;
    keeper.stop("renewal");
    const { why = "" } = this.#renewal ?? {};
    this.#renewal = undefined;
    this.#fresh = true;
    losses.byRenewal(lost, why);
  }

  /** The harness does not do as it should: another one takes its place. Never rejects. */
  async #replace(error: H2mError): Promise<void> {
    const { hooks, harness, session } = this.#options;
    hooks.emit("warning", { message: error.text, session: session() });
    harness.failed(error);
    const ended = harness.end();
    // At once: while the old one takes its time, calls go to the new one.
    this.abandon(error);
    await ended.catch((cause: unknown) => hooks.emit("error", { error: H2mError.from(cause) }));
  }

  /** The harness is gone: what is out fails, what waits gets a new one. */
  abandon(error: H2mError): void {
    const { keeper, losses, machine, step } = this.#options;
    keeper.stopAll();
    this.#renewal = undefined;
    this.#fresh = false;
    losses.byEnd();
    const unknown = new H2mError("outcome-unknown", error.message, {
      hint: "The call was out: it may or may not have run, and is not sent again.",
      cause: error,
    });
    step(() => machine.lose(unknown, error));
  }

  #fault(what: string): H2mError {
    return new H2mError("harness-exited", `\`${this.#options.name}\` ${what}.`);
  }
}
