import { H2mError } from "../../errors.ts";
import type { ToolCall, Turn } from "../../types/turn.ts";
import type { ReplyStream } from "../host/reply-stream.ts";

/** The turn of the root conversation that is left open until there is something to answer: one at most. */
export class HeldTurn {
  #held: { readonly turn: Turn; readonly reply: ReplyStream } | undefined;
  #key: string | undefined;

  get open(): boolean {
    return this.#held !== undefined;
  }

  /** The history key of the latest one. */
  get key(): string | undefined {
    return this.#key;
  }

  /** Calls can be written one after another, and it stays open. */
  get streams(): boolean {
    return this.#held?.turn.stream ?? false;
  }

  /** Takes the place of the one before. `onHangUp`: it is gone, and no other has come. */
  take(turn: Turn, reply: ReplyStream, onHangUp: () => void): void {
    const older = this.#held;
    this.#held = { turn, reply };
    this.#key = turn.conversation;
    // The harness has moved on (a retry): a text is the one ending that no harness answers with a hot loop.
    older?.reply.end({ type: "text", text: "h2m: a newer request took the place of this one." });
    reply.onHangUp(() => {
      if (this.#held?.reply !== reply) return;
      this.#held = undefined;
      onHangUp();
    });
  }

  /** @throws what the adapter throws, and H2mError if none is held: then nothing has gone out */
  write(calls: readonly ToolCall[]): void {
    if (!this.#held) throw new H2mError("internal", "Calls were to go out while no turn was held.");
    this.#held.reply.calls(calls);
  }

  /** Ends it behind its calls: the next one brings their results. */
  end(): void {
    const held = this.#held;
    this.#held = undefined;
    held?.reply.end();
  }

  /** Ends it without a call: it is of no use any more. */
  letGo(text: string): void {
    const held = this.#held;
    this.#held = undefined;
    held?.reply.end({ type: "text", text });
  }
}
