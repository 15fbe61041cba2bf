import type { H2mError } from "../../errors.ts";
import type { OutCall } from "../../types/harness.ts";
import type { ToolCall } from "../../types/turn.ts";
import type { HandedCall } from "../host/hand-over.ts";
import type { Host } from "../host/host.ts";

/** How a session has its harness: launched by h2m, or attached by its user. */
export interface Harness {
  /** Its user started it, and may begin a new conversation in it at any time. */
  readonly attached: boolean;
  /** A turn has come, and it has not ended since. */
  readonly here: boolean;
  readonly starting: boolean;
  /** The process that it runs in, if that is known. */
  readonly pid: number | undefined;
  /** Waits until a turn is here, or was and its calls are out; one that can be started is. @throws H2mError if none comes */
  ready(signal?: AbortSignal): Promise<void>;
  /** A root turn has come. Tells whether it is the first one. */
  arrived(): boolean;
  /** It hung up, and no other turn has come. */
  hungUp(): void;
  /** A call has its result. */
  worked(): void;
  /** It did not do what it is there for. */
  failed(error: H2mError): void;
  /** A host has ended; tells whether it was this one's. */
  lost(host: Host, error: H2mError): boolean;
  outgoing(call: ToolCall, out: OutCall): HandedCall;
  /** Why a call that is out was given up, with what else is known of it. */
  whyGivenUp(call: ToolCall, reason: unknown): unknown;
  /** Its history can be started anew. */
  readonly canRenew: boolean;
  /** How grown its history is by its driver's measure: from 1 on it is time to begin anew. */
  readonly growth: number;
  /** Starts its history anew; gives what is lost by it. Rejects with its end, if that comes first. */
  renew(): Promise<readonly string[]>;
  /** Gives it up; what `ready` then starts is another one. */
  end(): Promise<void>;
}
