import {
  abortable,
  type CallToolResult,
  H2mError,
  type LocalTool,
  objectOf,
  textResult,
  type ToolContext,
  within,
} from "../../src/plugin.ts";
import { resultOf, textOfValue } from "./answer.ts";
import { faultsIn } from "./tool.ts";

/**
 * Runs one call. The time limit and the call's signal hold whatever the handler does: who waits hears of it, and the handler is
 * told by its signal.
 * @throws the signal's reason
 */
export async function runTool(
  tool: LocalTool,
  args: Record<string, unknown>,
  context: ToolContext,
): Promise<CallToolResult> {
  // Schemas of zod can say more than those that clients were told.
  const read = await abortable(tool.input.safeParseAsync(args), context.signal);
  if (!read.success) {
    const issues = read.error.issues.map(({ path, message }) => ({
      path: pointerOf(path),
      message,
    }));
    context.onRefused?.({ kind: "arguments", issues });
    return textResult(`The arguments do not fit: ${faultsIn(read.error)}`, true);
  }
  const control = new AbortController();
  const stop = () => control.abort(context.signal.reason);
  context.signal.addEventListener("abort", stop, { once: true });
  if (context.signal.aborted) stop();
  const own = { ...context, signal: control.signal };
  const working = work(tool, read.data as never, own);
  try {
    const { timeout } = tool;
    const given =
      timeout === undefined
        ? await abortable(working, control.signal)
        : await within(working, timeout, () => late(tool.name, timeout), control.signal);
    return await resultOf(tool, given);
  } catch (error) {
    context.signal.throwIfAborted();
    return textResult(failureOf(error), true);
  } finally {
    context.signal.removeEventListener("abort", stop);
    // What is still running is wanted no more.
    control.abort(new H2mError("cancelled", `The call of \`${tool.name}\` is over.`));
  }
}

/** What the handler gives in the end; of a generator what it returns, while what it yields is told. */
async function work(tool: LocalTool, args: never, context: ToolContext): Promise<unknown> {
  const given: unknown = await tool.handler(args, context);
  if (!isGenerator(given)) return given;
  try {
    for (;;) {
      const { done, value } = await given.next();
      if (done) return value;
      if (context.signal.aborted) return undefined;
      context.onProgress(textOfValue(value));
    }
  } finally {
    // It may be in the middle of something: its own `finally` runs, and nobody waits for it.
    given.return(undefined).catch(() => {});
  }
}

/** `["a", 0]` is `/a/0`. */
function pointerOf(path: readonly PropertyKey[]): string {
  return path.map((key) => `/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

function isGenerator(given: unknown): given is AsyncGenerator<unknown, unknown, void> {
  const found = objectOf(given) as { next?: unknown; return?: unknown } | undefined;
  return (
    found !== undefined &&
    Symbol.asyncIterator in found &&
    typeof found.next === "function" &&
    typeof found.return === "function"
  );
}

/** The message alone: a stack tells a model nothing, and others too much. */
function failureOf(error: unknown): string {
  if (error instanceof H2mError) return error.text;
  const { message } = H2mError.from(error);
  return message.trim() === "" ? "The tool failed without a word." : message;
}

function late(name: string, ms: number): H2mError {
  return new H2mError(
    "timeout",
    `\`${name}\` gave no result within ${ms / 1000} s, the time that it has.`,
  );
}
