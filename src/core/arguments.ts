import { H2mError } from "../errors.ts";
import { isTooDeep } from "../kit/depth.ts";
import type { Tool } from "../types/mcp.ts";
import { ArgumentThread } from "./argument-thread.ts";
import { faultsBy, type Validate, validatorOf } from "./argument-worker.mjs";
import { type Cost, costOf, soonChecked } from "./schema-cost.ts";

/** How a schema is checked: at once where that is soon done, else in a thread, or not any more. */
interface Way {
  readonly cost: Cost | undefined;
  /** Made when it is first wanted. */
  validate?: Validate;
  /** As JSON, for the thread. */
  text?: string;
  /** It cannot be checked: told once. */
  given?: true;
}

/** One for all sessions: it begins with the first schema that needs it. */
const thread = new ArgumentThread();

/** Checks arguments against the tools' own JSON Schemas (draft-07 or 2020-12), in a bounded time whatever they say. */
export class ArgumentCheck {
  readonly #ways = new WeakMap<object, Way>();
  readonly #onBadSchema: (tool: string, error: unknown) => void;

  /** `onBadSchema` hears of a schema that cannot be compiled, or takes too long; its tool is then called unchecked. */
  constructor(onBadSchema: (tool: string, error: unknown) => void) {
    this.#onBadSchema = onBadSchema;
  }

  /** What is wrong with the arguments, or `undefined`. @throws the signal's reason */
  async problem(
    tool: Tool,
    args: Record<string, unknown>,
    signal?: AbortSignal,
  ): Promise<string | undefined> {
    if (isTooDeep(args))
      return `The arguments for \`${tool.name}\` are nested too deeply. The tool was not called.`;
    const faults = await this.faults(tool, args, signal);
    if (faults.length === 0) return undefined;
    return `Wrong arguments for \`${tool.name}\`: ${faults.join("; ")}. The tool was not called.`;
  }

  /** Each thing that is wrong with the arguments. @throws the signal's reason */
  async faults(
    { name, inputSchema }: Pick<Tool, "name" | "inputSchema">,
    args: Record<string, unknown>,
    signal?: AbortSignal,
  ): Promise<string[]> {
    const way = this.#ways.get(inputSchema) ?? { cost: costOf(inputSchema) };
    this.#ways.set(inputSchema, way);
    if (way.given) return [];
    try {
      if (way.cost && soonChecked(way.cost, args))
        return faultsBy((way.validate ??= validatorOf(inputSchema)), args);
      if (isTooDeep(inputSchema)) throw new H2mError("bad-request", "it is nested too deeply");
      way.text ??= JSON.stringify(inputSchema);
      const said = jsonOf(args);
      return said === undefined ? [] : await thread.check({ schema: way.text, args: said }, signal);
    } catch (error) {
      if (signal?.aborted) throw error;
      way.given = true;
      this.#onBadSchema(name, error);
      return [];
    }
  }
}

/** What a mapper made may be nothing that JSON can say: the call itself fails of it. */
function jsonOf(args: Record<string, unknown>): string | undefined {
  try {
    return JSON.stringify(args);
  } catch {
    return undefined;
  }
}
