import type { z } from "zod";
import type { Awaitable } from "./harness.ts";
import type { CallToolResult, ToolAnnotations } from "./mcp.ts";
import type { ProviderCallOptions } from "./provider.ts";

/** What the handler of a tool is given beside its arguments. */
export interface ToolContext extends ProviderCallOptions {
  /** Where the harnesses of this server work: the config's `cwd`. */
  readonly cwd: string;
}

/** What a handler gives: see `ToolDefinition.handler`. */
export type ToolAnswer<Output> = Output | CallToolResult;

/** A tool of a project: one definition for every way in. */
export interface ToolDefinition<
  Input extends z.ZodType = z.ZodType,
  Output extends z.ZodType = z.ZodType,
> {
  /** As clients know it, before `tools` of the config changes it. */
  readonly name: string;
  readonly title?: string | undefined;
  /** For the client's model. */
  readonly description: string;
  /** An object. What does not fit is refused before the handler runs, with the place and the reason. */
  readonly input: Input;
  /** An object: the result is `structuredContent` too, and clients are told its schema. */
  readonly output?: Output | undefined;
  readonly annotations?: ToolAnnotations | undefined;
  /** Milliseconds for one call, beside `timeouts.call`, which holds in any case. */
  readonly timeout?: number | undefined;
  /** Arguments that make sense, for the client's model. Each must fit `input`. */
  readonly examples?: readonly z.input<Input>[] | undefined;
  /**
   * Runs it. With `output` it gives that; without, a text is a text, nothing is an empty answer, what has `content` is MCP's own
   * result, and anything else is told as JSON. What an async generator yields is progress, and what it returns the result. What it
   * throws is told to the client's model: the message, never the stack.
   */
  handler(
    args: z.output<Input>,
    context: ToolContext,
  ):
    | Awaitable<ToolAnswer<z.input<Output>>>
    | AsyncGenerator<unknown, ToolAnswer<z.input<Output>> | void, void>;
}

/** A tool whose types are its own affair, as `defineTool` gives it. */
export type LocalTool = Omit<ToolDefinition, "handler" | "examples"> & {
  readonly examples?: readonly unknown[] | undefined;
  handler(args: never, context: ToolContext): unknown;
};

/** A folder, or a file, of the config's `tools.local` that was loaded. */
export interface ToolFolder {
  /** Absolute. */
  readonly path: string;
  readonly tools: readonly LocalTool[];
}
