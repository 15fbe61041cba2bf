import { H2mError } from "../../errors.ts";
import type { CallToolResult } from "../../types/mcp.ts";
import type { ToolCall, Turn } from "../../types/turn.ts";
import type { ReplyStream } from "../host/reply-stream.ts";

/** A call on its way through the harness. */
export interface SentCall {
  readonly call: ToolCall;
  /** A witness will settle it in full while the turn stays open. */
  readonly early: boolean;
  settle(result: CallToolResult): void;
  fail(error: H2mError): void;
}

/** How long a call that nobody waits for any more may stay out, in ms: its driver needs some of it to stop what it runs. */
const GIVEN_UP_GRACE = 15_000;
/** How long a witness may lag behind a turn that lacks its call's result, in ms. */
const WITNESS_GRACE = 2_000;

/**
 * The root conversation of a seat: at most one held turn, and the calls that are out.
 * A call is sent once and never again; it ends by a witness, by the next turn, or as "outcome unknown".
 */
export class Conversation {
  #held: { readonly turn: Turn; readonly reply: ReplyStream } | undefined;
  #key: string | undefined;
  readonly #out = new Map<string, SentCall>();
  readonly #graces = new Set<NodeJS.Timeout>();
  readonly #onHangUp: () => void;
  #calls = 0;
  #characters = 0;
  #onTurn: (() => void)[] = [];

  /** `onHangUp`: the held turn is gone and no other has come. */
  constructor(onHangUp: () => void) {
    this.#onHangUp = onHangUp;
  }

  /** A turn is held: calls can be sent. */
  get open(): boolean {
    return this.#held !== undefined;
  }

  /** Calls are out. */
  get busy(): boolean {
    return this.#out.size > 0;
  }

  /** The calls that are out and that a witness is to settle. */
  get promised(): readonly ToolCall[] {
    return [...this.#out.values()].filter(({ early }) => early).map(({ call }) => call);
  }

  /** The history key of the latest turn. */
  get key(): string | undefined {
    return this.#key;
  }

  /** How much has been added to the history since it began. */
  get size(): { readonly calls: number; readonly characters: number } {
    return { calls: this.#calls, characters: this.#characters };
  }

  /** The history has begun anew. */
  renewed(): void {
    this.#calls = 0;
    this.#characters = 0;
  }

  /** Resolves when the next turn is held. */
  nextTurn(): Promise<void> {
    return new Promise((resolve) => this.#onTurn.push(resolve));
  }

  has(callId: string): boolean {
    return this.#out.has(callId);
  }

  /** Holds the conversation's next turn. Its results settle calls; sent calls that it lacks are lost. */
  take(turn: Turn, reply: ReplyStream): void {
    const older = this.#held;
    this.#held = { turn, reply };
    this.#key = turn.conversation;
    // The harness has moved on (a retry): a text is the one ending that no harness answers with a hot loop.
    older?.reply.end({ type: "text", text: "h2m: a newer request took the place of this one." });
    // Before the results: the last one may make somebody wait for the turn after this.
    for (const listener of this.#onTurn.splice(0)) listener();
    for (const { callId, result } of turn.results) this.settle(callId, result);
    for (const sent of this.#out.values()) this.#lose(sent);
    reply.onHangUp(() => {
      if (this.#held?.reply !== reply) return;
      this.#held = undefined;
      this.#onHangUp();
    });
  }

  /** Sends calls in the held turn; it stays open if every one of them can be settled early. */
  send(batch: readonly SentCall[]): void {
    const held = this.#held;
    if (!held) throw new H2mError("internal", "Calls were sent while no turn was held.");
    // First, since it throws where JSON cannot say the arguments.
    const sizes = batch.map(({ call }) => JSON.stringify(call.arguments).length);
    for (const [index, sent] of batch.entries()) {
      this.#out.set(sent.call.id, sent);
      this.#calls++;
      this.#characters += sizes[index] ?? 0;
    }
    try {
      held.reply.calls(batch.map((sent) => sent.call));
    } catch (error) {
      // The adapter could not write them: they have not gone out.
      for (const { call } of batch) this.#out.delete(call.id);
      throw error;
    }
    if (held.turn.stream && batch.every((sent) => sent.early)) return;
    this.#held = undefined;
    held.reply.end();
  }

  /** The witness of what is out stays silent: the turn is closed behind it, and the next one brings the results. */
  bringTurn(): void {
    if (!this.busy) return;
    this.#held?.reply.end();
    this.#held = undefined;
  }

  /** A witness or a turn gives a result. Unknown and settled ids are ignored. */
  settle(callId: string, result: CallToolResult): void {
    const sent = this.#out.get(callId);
    if (!sent) return;
    this.#out.delete(callId);
    this.#characters += sizeOf(result);
    sent.settle(result);
  }

  /** Nobody waits for it any more. It may end in its own time, but holds nothing up for ever: a history that has to begin anew. */
  giveUp(callId: string): void {
    const sent = this.#out.get(callId);
    if (!sent) return;
    this.#later(GIVEN_UP_GRACE, () => {
      if (!this.#out.delete(callId)) return;
      sent.fail(new H2mError("outcome-unknown", `\`${sent.call.name}\` did not stop.`));
    });
  }

  /** The held turn is of no use any more: it ends without a call. */
  letGo(text = "h2m: the history begins anew."): void {
    const held = this.#held;
    this.#held = undefined;
    held?.reply.end({ type: "text", text });
  }

  /** The seat is gone: what is out fails, and the held turn is let go. */
  abandon(error: H2mError): void {
    for (const timer of this.#graces) clearTimeout(timer);
    this.#graces.clear();
    const out = [...this.#out.values()];
    this.#out.clear();
    for (const sent of out) sent.fail(error);
    this.letGo("h2m: the session has ended.");
  }

  #lose(sent: SentCall): void {
    const lost = () => {
      if (!this.#out.delete(sent.call.id)) return;
      sent.fail(
        new H2mError(
          "outcome-unknown",
          `The harness went on without a result of \`${sent.call.name}\`.`,
          {
            hint: "It may or may not have run; it is not sent again.",
          },
        ),
      );
    };
    if (!sent.early) return lost();
    this.#later(WITNESS_GRACE, lost);
  }

  #later(ms: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#graces.delete(timer);
      act();
    }, ms);
    timer.unref();
    this.#graces.add(timer);
  }
}

function sizeOf({ content }: CallToolResult): number {
  let size = 0;
  for (const block of content) {
    if (block.type === "text") size += block.text.length;
    else if (block.type === "image" || block.type === "audio") size += block.data.length;
  }
  return size;
}
