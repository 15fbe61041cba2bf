import { H2mError } from "../../errors.ts";
import type { CallToolResult } from "../../types/mcp.ts";
import type { CallQueue } from "./call-queue.ts";
import type { Conversation } from "./conversation.ts";
import { seconds, untilFirst, within } from "../../kit/deadline.ts";
import type { Tenancy } from "./tenancy.ts";

/** A history of so many calls, or so many characters, is started anew at the next idle moment. */
const MAX_CALLS = 1_000;
const MAX_CHARACTERS = 2_000_000;
/** From this multiple on, calls are held back until there is an idle moment. */
const INSIST = 2;
/** A harness that has not begun anew after so many ms is replaced. */
const DEADLINE = 10_000;

export interface ResetOptions {
  readonly conversation: Conversation;
  readonly queue: CallQueue;
  readonly tenancy: Tenancy;
  /** Something was lost by it; and why it was done. Both in words. */
  onReset(lost: readonly string[], why: string): void;
  /** The harness did not begin anew. */
  onFailure(error: H2mError): void;
  /** It is over, well or not. */
  onEnd(): void;
}

/** What clients are told of it. */
export function resetNotice(harness: string, lost: readonly string[], why: string): string {
  return `The history of ${harness} was started anew, since ${why}. Lost: ${lost.join("; ")}.`;
}

/** Keeps the history of a harness bounded, so that the ten-thousandth call costs what the tenth does. */
export class Reset {
  readonly #options: ResetOptions;
  #running = false;
  /** The first turn of the new history. */
  #renewed: Promise<void> = Promise.resolve();
  #untold: string[] = [];

  constructor(options: ResetOptions) {
    this.#options = options;
  }

  /** A history is being started anew. */
  get running(): boolean {
    return this.#running;
  }

  /** Starts the history anew if it has grown and nothing is out. */
  ifDue(): void {
    const { conversation, queue, tenancy } = this.#options;
    const { calls, characters } = conversation.size;
    const grown = Math.max(calls / MAX_CALLS, characters / MAX_CHARACTERS, tenancy.growth);
    if (this.#running || grown < 1 || !tenancy.canReset) return;
    if (conversation.busy) {
      if (grown >= INSIST) queue.hold(true);
      return;
    }
    this.now("it had grown");
  }

  /** Starts the history anew, since `why`, while nothing is out. Tells whether the harness can. */
  now(why: string): boolean {
    const { queue, tenancy } = this.#options;
    if (!tenancy.canReset) return false;
    this.#running = true;
    queue.hold(true);
    void this.#do(why);
    return true;
  }

  /** This is lost; the next result says so. */
  lost(what: readonly string[]): void {
    this.#untold.push(...what);
  }

  /** The driver has named the root: what comes from now on is the new history, and the turn that is held is not of it. */
  bound(): void {
    if (!this.#running) return;
    const { conversation } = this.#options;
    conversation.letGo();
    this.#renewed = conversation.nextTurn();
  }

  /** The harness is gone: the next one begins with an empty history. */
  forget(): void {
    const { conversation, queue } = this.#options;
    conversation.renewed();
    // A reset that is under way lets go by itself.
    if (!this.#running) queue.hold(false);
  }

  /** Puts what was lost into the next result, once. */
  tell(result: CallToolResult): CallToolResult {
    if (this.#untold.length === 0) return result;
    const lost = this.#untold;
    this.#untold = [];
    return { ...result, _meta: { ...result._meta, "h2m/reset": { lost } } };
  }

  async #do(why: string): Promise<void> {
    const { conversation, queue, tenancy, onReset, onFailure, onEnd } = this.#options;
    const late = () =>
      new H2mError(
        "timeout",
        `The harness did not start its history anew within ${seconds(DEADLINE)}.`,
      );
    const { ends } = tenancy;
    try {
      // A driver that does not bind anew leaves it to us to guess.
      this.#renewed = conversation.nextTurn();
      const renewing = tenancy.reset().then(async (lost) => {
        await this.#renewed;
        return lost;
      });
      const lost = await untilFirst(ends, (first) => within(renewing, DEADLINE, late, first));
      this.lost(lost);
      if (lost.length > 0) onReset(lost, why);
    } catch (error) {
      // Its own end has been told already, and the next call starts another: there is nothing to replace.
      if (!ends.some(({ aborted }) => aborted)) onFailure(H2mError.from(error));
    } finally {
      conversation.renewed();
      this.#running = false;
      queue.hold(false);
      onEnd();
    }
  }
}
