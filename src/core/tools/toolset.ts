import { isDeepStrictEqual } from "node:util";
import { H2mError } from "../../errors.ts";
import { wellFormed } from "../../kit/well-formed.ts";
import type { CallToolResult, Tool, ToolAnnotations } from "../../types/mcp.ts";
import type { MapperCall, ToolMapper } from "../../types/mapper.ts";
import type { CallOptions } from "../../types/session.ts";
import type { SkippedTool } from "../../types/turn.ts";
import { argumentChecker } from "../arguments/argument-check.ts";
import type { ArgumentCheck } from "../arguments/arguments.ts";
import type { ToolList } from "./catalog.ts";
import { clashOf } from "./clash.ts";
import type { Mapping } from "./mapping.ts";
import { ownNameOf } from "./own-name.ts";
import { notShown } from "./unserved.ts";
import { didYouMean } from "../../kit/did-you-mean.ts";

type Annotations = Readonly<Record<string, ToolAnnotations>>;
/** What is known of the tool of a call. */
export interface KnownTool {
  /** As clients are told them. */
  annotations(): ToolAnnotations;
  /** Each name of its own: the harness's, and those that mappers of plugins give it. */
  names(): readonly string[];
}

interface SendOptions extends Pick<CallOptions, "onRefused"> {
  readonly signal: AbortSignal;
}
type Send = (call: MapperCall, tool: KnownTool) => Promise<CallToolResult>;

/** The tools of one session: as the harness sent them, those that no harness brings, and as clients see them through the mappers. */
export class Toolset {
  #sent: readonly Tool[] = [];
  #provided: readonly Tool[] = [];
  #clash: ((name: string) => H2mError) | undefined;
  #inner: readonly Tool[] = [];
  #state: "none" | "assumed" | "sent" = "none";
  #skipped: readonly SkippedTool[] = [];
  /** The list that each mapper was given, and last what clients see. */
  #layers: readonly (readonly Tool[])[] | undefined;
  readonly #mapping: Mapping;
  readonly #onBadSchema: (tool: string, error: unknown) => void;
  readonly #accept: ((tools: readonly Tool[]) => void) | undefined;
  #check: Promise<ArgumentCheck> | undefined;

  /** See there. */
  readonly ownName = (shown: string): string | undefined =>
    ownNameOf(shown, this.#inner, this.#mapping.shownOf);

  /** `accept` throws what forbids a list. */
  constructor(
    mapping: Mapping,
    onBadSchema: (tool: string, error: unknown) => void,
    accept?: (tools: readonly Tool[]) => void,
  ) {
    this.#mapping = mapping;
    this.#onBadSchema = onBadSchema;
    this.#accept = accept;
  }

  /** Of the harness's list. `assumed`: of another time; `sent`: by the harness itself. */
  get state(): "none" | "assumed" | "sent" {
    return this.#state;
  }

  /** Takes the list of another time, until the harness sends its own. */
  assume({ tools, skipped }: ToolList, annotations?: Annotations): void {
    if (this.#state !== "none") return;
    this.#take(tools, skipped, annotations);
    this.#state = "assumed";
  }

  /** Takes the list of a root turn; tells whether it has changed. */
  update({ tools, skipped }: ToolList, annotations?: Annotations): boolean {
    this.#state = "sent";
    return this.#take(tools, skipped, annotations);
  }

  /** Takes the tools that no harness brings. `clash`: says of a name that the harness has it too. */
  provide(tools: readonly Tool[], clash?: (name: string) => H2mError): void {
    this.#provided = tools;
    this.#clash = clash;
    this.#changed();
  }

  /** What clients see of them. */
  get provided(): ReadonlySet<string> {
    return new Set(this.#provided.length === 0 ? [] : this.#mapping.names(this.#provided));
  }

  /**
   * Looks at what a later config hides, and gives the function that hides it too: that one cannot fail, and tells whether
   * clients see another list then.
   * @throws what a mapper of the later config throws; then nothing has changed
   */
  narrowed(mappers: readonly ToolMapper[]): () => boolean {
    const before = this.#namesOrNone();
    const after = this.#mapping.supposing(mappers, () => this.#mapping.names(this.#inner));
    return () => {
      this.#mapping.narrow(mappers);
      this.#layers = undefined;
      return !isDeepStrictEqual(after, before);
    };
  }

  /** What clients see. @throws H2mError `name-clash`, `list-changed` */
  shown(): readonly Tool[] {
    return this.#mapped().at(-1) ?? [];
  }

  /** Whether clients see a tool of this name. @throws as `shown` does */
  knows(name: string): boolean {
    return this.shown().some((tool) => tool.name === name);
  }

  /** Whether clients may be shown it. */
  get acceptable(): boolean {
    try {
      this.shown();
      return true;
    } catch {
      return false;
    }
  }

  /**
   * Sends a call inwards through the mappers. `send` gets it with the harness's own tool name, its arguments checked, and what
   * is known of the tool.
   * @throws H2mError `unknown-tool` for a name that clients do not see.
   */
  async call(call: MapperCall, options: SendOptions, send: Send): Promise<CallToolResult> {
    this.#mustBeShown(call.name);
    const context = { ...this.#mapping.context(), signal: options.signal };
    const layers = this.#mapped();
    const innermost = (inner: MapperCall) => this.#checked(inner, options, send);
    const onion = this.#mapping.mappers.reduce((next, mapper, place) => {
      const { call: through } = mapper;
      const own = { ...context, tools: layers[place] ?? [] };
      const inner = (call: MapperCall) => kept(next(call));
      return through ? async (outer: MapperCall) => through.call(mapper, outer, inner, own) : next;
    }, innermost);
    return onion(call);
  }

  #take(
    tools: readonly Tool[],
    skipped: readonly SkippedTool[],
    annotations: Annotations = {},
  ): boolean {
    const annotated = tools.map((tool) => {
      const known = annotations[tool.name];
      return known ? { ...tool, annotations: { ...known, ...tool.annotations } } : tool;
    });
    this.#skipped = skipped;
    if (isDeepStrictEqual(annotated, this.#sent)) return false;
    this.#sent = annotated;
    this.#changed();
    return true;
  }

  #changed(): void {
    this.#inner = [...this.#sent, ...this.#provided];
    this.#layers = undefined;
  }

  #mapped(): readonly (readonly Tool[])[] {
    if (this.#layers) return this.#layers;
    const both = this.#provided.find((tool) => this.#sent.some(({ name }) => name === tool.name));
    if (both)
      throw this.#clash?.(both.name) ?? clashOf(this.#inner, this.#mapping.shownOf, both.name);
    const layers = this.#mapping.layers(this.#inner);
    const names = new Set<string>();
    for (const { name } of layers.at(-1) ?? []) {
      if (names.has(name)) throw clashOf(this.#inner, this.#mapping.shownOf, name);
      names.add(name);
    }
    this.#accept?.(layers.at(-1) ?? []);
    this.#layers = layers;
    return layers;
  }

  /** `undefined`: its own mappers throw, which is told to whoever asks for the list. */
  #namesOrNone(): string[] | undefined {
    try {
      return this.#mapping.names(this.#inner);
    } catch {
      return undefined;
    }
  }

  async #checked(
    given: MapperCall,
    { signal, onRefused }: SendOptions,
    send: Send,
  ): Promise<CallToolResult> {
    // Codex 0.171 does not get a call with half a character in its arguments, and nobody could tell whether it ran.
    const call = { ...given, arguments: wellFormed(given.arguments) };
    const tool = this.#mapping.stay(this.#inner).find(({ name }) => name === call.name);
    if (!tool) {
      throw new H2mError(
        "unknown-tool",
        `A mapper asked for the tool \`${call.name}\`, which the harness lacks.`,
        {
          hint: didYouMean(
            call.name,
            this.#inner.map(({ name }) => name),
          ),
        },
      );
    }
    const checker = await this.#checker();
    const wrong = await checker.check(tool, call.arguments, signal);
    if (wrong) {
      if (wrong.issues.length > 0) onRefused?.({ kind: "arguments", issues: wrong.issues });
      return { content: [{ type: "text", text: wrong.text }], isError: true };
    }
    return send(call, {
      annotations: () => this.#annotations(tool),
      names: () => this.#mapping.ownNames(tool),
    });
  }

  /** As clients are told them: a mapper may know better than the harness. */
  #annotations(tool: Tool): ToolAnnotations {
    const [shown, ...more] = this.#mapping.shownOf([tool]);
    return (more.length === 0 ? shown : tool)?.annotations ?? tool.annotations ?? {};
  }

  /** Loaded with the first call: our own start is quicker without it. */
  #checker(): Promise<ArgumentCheck> {
    this.#check ??= argumentChecker().then(
      ({ ArgumentCheck }) => new ArgumentCheck(this.#onBadSchema),
    );
    return this.#check;
  }

  #mustBeShown(name: string): void {
    if (!this.knows(name)) throw notShown(name, this.shown(), this.#skipped);
  }
}

/** A mapper may let go of a call that it made, such as the second of two when the first has failed: that ends no process. */
function kept<T>(result: Promise<T>): Promise<T> {
  result.catch(() => {});
  return result;
}
