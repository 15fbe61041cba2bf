import type { Recognized } from "../../types/harness.ts";
import type { TextReply, Turn } from "../../types/turn.ts";
import type { ReplyStream } from "../host/reply-stream.ts";

const SIDE_TEXT: TextReply = {
  type: "text",
  text: "No model is here to act as one: this harness is driven by h2m, which serves its tools over MCP. Call the tools directly.",
};

/** What the rule asks of the root conversation. */
export interface RootState {
  /** A turn of it is held. */
  readonly open: boolean;
  /** Calls are out. */
  readonly busy: boolean;
  /** The history key of its latest turn. */
  readonly key: string | undefined;
  /** Whether a call is out. */
  has(callId: string): boolean;
}

/** Whose turn it is: the root conversation of a seat, or somebody at its side. */
export class RootRule {
  #root: string | undefined;
  /** The driver has named the root: its harness says with each turn whose it is. */
  #bound = false;

  /** This conversation is the root. */
  bind(conversation: string): void {
    this.#root = conversation;
    this.#bound = true;
  }

  forget(): void {
    this.#root = undefined;
    this.#bound = false;
  }

  /** `attached`: the harness is driven by its user, who may begin a new conversation at any time. */
  isRoot(turn: Turn, said: Recognized | undefined, root: RootState, attached: boolean): boolean {
    if (turn.immediate || said?.subagent) return false;
    if (said?.conversation !== undefined) {
      if (this.#root === undefined || attached) this.#root = said.conversation;
      return this.#root === said.conversation;
    }
    // Whoever has the key and says nothing of itself is another program, such as a script that found the key.
    if (this.#bound) return false;
    // The harness says nothing of itself. The same history again: a retry, or a next turn that may lack every result.
    if ((root.open || root.busy) && root.key === turn.conversation) return true;
    if (root.busy) return turn.results.some(({ callId }) => root.has(callId));
    return !root.open;
  }

  /** Whether results in a side turn belong to the root: a subagent carries copies of its parent's calls. */
  mayCarryOurs(said: Recognized | undefined): boolean {
    if (said?.subagent) return false;
    if (said?.conversation === undefined) return !this.#bound;
    return said.conversation === this.#root;
  }
}

/** Answers a side turn. */
export function answerAtOnce(turn: Turn, reply: ReplyStream): void {
  const answer = turn.immediate ?? SIDE_TEXT;
  if (answer.type !== "calls") return reply.end(answer);
  reply.calls(answer.calls);
  reply.end();
}
