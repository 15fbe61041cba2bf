import type { CallToolResult } from "../../types/mcp.ts";
import type { ToolCall } from "../../types/turn.ts";
import type { HandedCall } from "../host/hand-over.ts";

/** How a call ended for whoever waits for it. */
export type Outcome = { readonly result: CallToolResult } | { readonly error: unknown };
/** Why a call may stay out for some time only: the next turn lacked its result, or nobody waits for it. */
export type Grace = "witness" | "given-up";

/** The end of a call for whoever waits for it. */
export interface Ended {
  readonly callId: string;
  readonly outcome: Outcome;
  /** It was the driver's. */
  readonly own: boolean;
  /** What it runs is to be stopped: nobody waits for it. */
  readonly stop: boolean;
}

/** What the machine asks for. All of it is done at once, and may tell the machine of something else before it returns. */
export interface Effects {
  /** `flush` is to be called soon, but not now: calls of one instant share a turn. */
  flushSoon(): void;
  /** @throws what keeps this call from going out */
  outgoing(call: ToolCall): HandedCall;
  /** A call has its result, also one that nobody waits for any more. `own`: the driver's. */
  came(own: boolean): void;
  /** Once for each call that was submitted. */
  ended(end: Ended): void;
  /** With what else is known of it. */
  whyGivenUp(call: ToolCall, reason: unknown): unknown;
  /** `expire` is to be called when its time is over. */
  grace(callId: string, kind: Grace): void;
  /** The harness has hung up, and no other turn has come. */
  hungUp(): void;
  /** The history is new; this was lost by it, in words for the client. */
  renewed(lost: readonly string[]): void;
}
