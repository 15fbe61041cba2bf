import { H2mError } from "../../errors.ts";
import { isTooDeep } from "../../kit/depth.ts";
import type { Tool } from "../../types/mcp.ts";
import { ArgumentQueue } from "./argument-queue.ts";
import { NotBegun } from "./argument-thread.ts";
import { type Fault, faultsBy, type Validate, validatorOf } from "./argument-worker.mjs";
import { type Cost, costOf, soonChecked } from "./schema-cost.ts";

/** How a schema is checked: at once where that is soon done, else in a thread, or not any more. */
interface Way {
  readonly cost: Cost | undefined;
  /** Made when it is first wanted. */
  validate?: Validate;
  /** As JSON, for the thread. */
  text?: string;
}

/** So many schemas, of at most so many characters each, are compiled once for all sessions. */
const MOST_KEPT = 1_000;
const LONGEST_KEPT = 20_000;
/** By their JSON; those that were wanted last are at the end. */
const kept = new Map<string, Way>();

/** Sessions of one harness have equal lists: each would compile the same schemas, in 4 ms and 6 KB each. */
function wayOf(schema: Tool["inputSchema"]): Way {
  const text = isTooDeep(schema) ? undefined : jsonOf(schema);
  if (text === undefined) return { cost: costOf(schema) };
  if (text.length > LONGEST_KEPT) return { cost: costOf(schema), text };
  const way = kept.get(text) ?? { cost: costOf(schema), text };
  kept.delete(text);
  kept.set(text, way);
  const [oldest] = kept.keys();
  if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest);
  return way;
}

/** One for all sessions: a thread begins with the first schema that needs it. */
const shared = new ArgumentQueue();

/** Why a call did not go out. */
export interface WrongArguments {
  readonly text: string;
  /** None, if they could not be checked. */
  readonly issues: readonly { readonly path: string; readonly message: string }[];
}

/** Checks arguments against the tools' own JSON Schemas (draft-07 or 2020-12), in a bounded time whatever they say. */
export class ArgumentCheck {
  readonly #ways = new WeakMap<object, Way>();
  /** Schemas that cannot be checked: told once. */
  readonly #given = new WeakSet<object>();
  readonly #onBadSchema: (tool: string, error: unknown) => void;
  readonly #queue: ArgumentQueue;

  /** `onBadSchema` hears of a schema that cannot be compiled, or takes too long; its tool is then called unchecked. */
  constructor(onBadSchema: (tool: string, error: unknown) => void, queue = shared) {
    this.#onBadSchema = onBadSchema;
    this.#queue = queue;
  }

  /** The same as `check`, in words. */
  async problem(
    tool: Tool,
    args: Record<string, unknown>,
    signal?: AbortSignal,
  ): Promise<string | undefined> {
    return (await this.check(tool, args, signal))?.text;
  }

  /** What is wrong with the arguments, or why they could not be checked, or `undefined`. @throws the signal's reason */
  async check(
    tool: Tool,
    args: Record<string, unknown>,
    signal?: AbortSignal,
  ): Promise<WrongArguments | undefined> {
    const none = (text: string) => ({ text: `${text} The tool was not called.`, issues: [] });
    if (isTooDeep(args)) return none(`The arguments for \`${tool.name}\` are nested too deeply.`);
    let faults: Fault[];
    try {
      faults = await this.faults(tool, args, signal);
    } catch (error) {
      if (!(error instanceof NotBegun)) throw error;
      return {
        text: `The arguments for \`${tool.name}\` could not be checked. ${error.message} The tool was not called: try again later.`,
        issues: [],
      };
    }
    if (faults.length === 0) return undefined;
    const issues = faults.map(({ path, text: message }) => ({ path, message }));
    const told = faults.map(({ text }) => text).join("; ");
    return { ...none(`Wrong arguments for \`${tool.name}\`: ${told}.`), issues };
  }

  /** Each thing that is wrong with the arguments. @throws NotBegun; the signal's reason */
  async faults(
    { name, inputSchema }: Pick<Tool, "name" | "inputSchema">,
    args: Record<string, unknown>,
    signal?: AbortSignal,
  ): Promise<Fault[]> {
    if (this.#given.has(inputSchema)) return [];
    const way = this.#ways.get(inputSchema) ?? wayOf(inputSchema);
    this.#ways.set(inputSchema, way);
    try {
      if (way.cost && soonChecked(way.cost, args))
        return faultsBy((way.validate ??= validatorOf(inputSchema)), args);
      if (isTooDeep(inputSchema)) throw new H2mError("bad-request", "it is nested too deeply");
      way.text ??= JSON.stringify(inputSchema);
      const said = jsonOf(args);
      if (said === undefined) return [];
      return await this.#queue.check({ schema: way.text, args: said }, this, signal);
    } catch (error) {
      // That others took so long is no reason never to check it.
      if (signal?.aborted || error instanceof NotBegun) throw error;
      // Nor is it that there was no thread, such as for want of open files.
      if (!(error instanceof H2mError && error.code === "internal")) this.#given.add(inputSchema);
      this.#onBadSchema(name, error);
      return [];
    }
  }
}

/** What a mapper made may be nothing that JSON can say: the call itself fails of it. */
function jsonOf(args: object): string | undefined {
  try {
    return JSON.stringify(args);
  } catch {
    return undefined;
  }
}
