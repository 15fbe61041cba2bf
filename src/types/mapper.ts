import type { CallToolResult, Tool } from "./mcp.ts";
import type { SessionInfo } from "./session.ts";
import type { Awaitable } from "./harness.ts";

/** A call on its way in, seen by a mapper. */
export interface MapperCall {
  readonly name: string;
  readonly arguments: Record<string, unknown>;
}

export interface MapperContext {
  readonly session: SessionInfo;
}

export interface MapperCallContext extends MapperContext {
  /** Aborted when the client cancels or leaves, or the call's deadline passes. */
  readonly signal: AbortSignal;
  /** What the mapper's `list` was last given: the tools on its inner side. */
  readonly tools: readonly Tool[];
}

/**
 * Changes tools on their way out and calls on their way in: an onion.
 * Lists pass from the innermost mapper to the outermost, calls the other way.
 */
export interface ToolMapper {
  readonly name: string;
  list?(tools: readonly Tool[], context: MapperContext): readonly Tool[];
  /** `next` passes the call on; what it resolves to may be changed. */
  call?(
    call: MapperCall,
    next: (call: MapperCall) => Promise<CallToolResult>,
    context: MapperCallContext,
  ): Awaitable<CallToolResult>;
}
