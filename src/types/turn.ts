import type { H2mError } from "../errors.ts";
import type { CallToolResult, Tool } from "./mcp.ts";

/** One call of a harness tool, as it goes out in a reply. */
export interface ToolCall {
  /** Unique for the life of the process; the harness gives it back with the result. */
  readonly id: string;
  /** The name that the turn's tool list showed. */
  readonly name: string;
  readonly arguments: Record<string, unknown>;
}

/** A result that a harness sent back. */
export interface ToolResult {
  readonly callId: string;
  readonly result: CallToolResult;
}

/** A tool of the request that cannot be served, such as a search that only the vendor can run. */
export interface SkippedTool {
  readonly name?: string | undefined;
  /** The wire's own name of its kind, such as `web_search`; `deferred`: its model would have to look for it first. */
  readonly type: string;
}

/** One text that tells the model how to behave. */
export interface Prompt {
  readonly role: "system" | "developer" | "user";
  readonly text: string;
}

/** One LLM request for a next step, as a harness sent it. */
export interface Turn {
  readonly id: string;
  /** The {@link ApiAdapter.name} that read it. */
  readonly api: string;
  readonly model: string;
  /** Whether the harness asked for a streamed reply. */
  readonly stream: boolean;
  /** A key of the history that this turn continues: equal for two requests with the same beginning. */
  readonly conversation: string;
  readonly tools: readonly Tool[];
  readonly skipped: readonly SkippedTool[];
  /** Why the list may lack tools that the harness has, in words for its user; absent where it is whole. */
  readonly incomplete?: string | undefined;
  /** Every result in the history, in its order. */
  readonly results: readonly ToolResult[];
  /** The system texts and the first user text. */
  readonly prompts: readonly Prompt[];
  /** Set on a side turn: the answer that needs no client. Without it the turn is held. */
  readonly immediate?: Reply | undefined;
  /** The parsed body, for the adapter's own encoder. */
  readonly raw: unknown;
}

export interface CallsReply {
  readonly type: "calls";
  readonly calls: readonly ToolCall[];
}

export interface TextReply {
  readonly type: "text";
  readonly text: string;
}

export interface ErrorReply {
  readonly type: "error";
  readonly error: H2mError;
}

/** An answer to a turn. */
export type Reply = CallsReply | TextReply | ErrorReply;

/** One event of a streamed reply: an SSE event with its name, or a WebSocket message without. */
export interface WireEvent {
  readonly event?: string | undefined;
  /** An object is sent as JSON; a string as it is. */
  readonly data: object | string;
}
