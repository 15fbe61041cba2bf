import { isDeepStrictEqual } from "node:util";
import { H2mError } from "../errors.ts";
import type { CallToolResult, Tool, ToolAnnotations } from "../types/mcp.ts";
import type { MapperCall, MapperContext, ToolMapper } from "../types/mapper.ts";
import type { SkippedTool } from "../types/turn.ts";
import type { ArgumentCheck } from "./arguments.ts";
import { didYouMean } from "./registry.ts";

type Send = (call: MapperCall, annotations: () => ToolAnnotations) => Promise<CallToolResult>;

/** The tools of one session: as the harness sent them, and as clients see them through the mappers. */
export class Toolset {
  #inner: readonly Tool[] = [];
  #skipped: readonly SkippedTool[] = [];
  #shown: readonly Tool[] | undefined;
  readonly #mappers: readonly ToolMapper[];
  /** Of a later config: what they do not show is not shown here either. */
  #further: readonly ToolMapper[] = [];
  readonly #context: () => MapperContext;
  readonly #onBadSchema: (tool: string, error: unknown) => void;
  #check: Promise<ArgumentCheck> | undefined;

  /** `mappers`: the innermost first. */
  constructor(
    mappers: readonly ToolMapper[],
    context: () => MapperContext,
    onBadSchema: (tool: string, error: unknown) => void,
  ) {
    this.#mappers = mappers;
    this.#context = context;
    this.#onBadSchema = onBadSchema;
  }

  /** Takes the list of a root turn; tells whether it has changed. */
  update(
    tools: readonly Tool[],
    skipped: readonly SkippedTool[],
    annotations: Readonly<Record<string, ToolAnnotations>> = {},
  ): boolean {
    const annotated = tools.map((tool) => {
      const known = annotations[tool.name];
      return known ? { ...tool, annotations: { ...known, ...tool.annotations } } : tool;
    });
    this.#skipped = skipped;
    if (isDeepStrictEqual(annotated, this.#inner)) return false;
    this.#inner = annotated;
    this.#shown = undefined;
    return true;
  }

  /** Hides what a later config hides; tells whether clients see another list now. */
  narrow(mappers: readonly ToolMapper[]): boolean {
    const before = this.#shownNames();
    this.#further = mappers;
    this.#shown = undefined;
    return !isDeepStrictEqual(this.#shownNames(), before);
  }

  /** What clients see. @throws H2mError `name-clash` */
  shown(): readonly Tool[] {
    if (this.#shown) return this.#shown;
    const tools = this.#through(this.#inner);
    const names = new Set<string>();
    for (const { name } of tools) {
      if (names.has(name)) throw this.#clash(name);
      names.add(name);
    }
    this.#shown = tools;
    return tools;
  }

  /**
   * Sends a call inwards through the mappers. `send` gets it with the harness's own tool name, its arguments checked, and what
   * is known of the tool.
   * @throws H2mError `unknown-tool` for a name that clients do not see.
   */
  async call(call: MapperCall, signal: AbortSignal, send: Send): Promise<CallToolResult> {
    this.#mustBeShown(call.name);
    const context = { ...this.#context(), signal };
    const innermost = (inner: MapperCall): Promise<CallToolResult> => this.#checked(inner, send);
    const onion = this.#mappers.reduce((next, mapper) => {
      const { call: through } = mapper;
      return through
        ? async (outer: MapperCall) => through.call(mapper, outer, next, context)
        : next;
    }, innermost);
    return onion(call);
  }

  #through(inner: readonly Tool[]): readonly Tool[] {
    return this.#listed(this.#mappers, this.#stay(inner));
  }

  #stay(inner: readonly Tool[]): readonly Tool[] {
    if (this.#further.length === 0) return inner;
    return inner.filter((tool) => this.#listed(this.#further, [tool]).length > 0);
  }

  #listed(mappers: readonly ToolMapper[], inner: readonly Tool[]): readonly Tool[] {
    const context = this.#context();
    return mappers.reduce((tools, mapper) => mapper.list?.(tools, context) ?? tools, inner);
  }

  /** Names that clash are told to whoever asks for the list. */
  #shownNames(): string[] {
    return this.#through(this.#inner).map(({ name }) => name);
  }

  #clash(name: string): H2mError {
    const own = this.#inner.filter((tool) => this.#through([tool]).some((to) => to.name === name));
    const names = own.map((tool) => `\`${tool.name}\``).join(" and ");
    return new H2mError("name-clash", `Two tools end with the name \`${name}\`: ${names}.`, {
      hint: "Rename or exclude one of them in `tools` of the config.",
    });
  }

  async #checked(call: MapperCall, send: Send): Promise<CallToolResult> {
    const tool = this.#stay(this.#inner).find(({ name }) => name === call.name);
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
    const problem = (await this.#checker()).problem(tool, call.arguments);
    if (problem) return { content: [{ type: "text", text: problem }], isError: true };
    return send(call, () => this.#annotations(tool));
  }

  /** As clients are told them: a mapper may know better than the harness. */
  #annotations(tool: Tool): ToolAnnotations {
    const [shown, ...more] = this.#through([tool]);
    return (more.length === 0 ? shown : tool)?.annotations ?? tool.annotations ?? {};
  }

  /** Loaded with the first call: our own start is quicker without it. */
  #checker(): Promise<ArgumentCheck> {
    this.#check ??= import("./arguments.ts").then(
      ({ ArgumentCheck }) => new ArgumentCheck(this.#onBadSchema),
    );
    return this.#check;
  }

  #mustBeShown(name: string): void {
    const shown = this.shown();
    if (shown.some((tool) => tool.name === name)) return;
    const hosted = this.#skipped.find((tool) => (tool.name ?? tool.type) === name);
    if (hosted) {
      throw new H2mError(
        "unknown-tool",
        `The tool \`${name}\` can only be run by the harness's own vendor.`,
        {
          hint: "No model is behind this server, so it is not listed.",
        },
      );
    }
    throw new H2mError("unknown-tool", `There is no tool \`${name}\`.`, {
      hint: didYouMean(
        name,
        shown.map((tool) => tool.name),
      ),
    });
  }
}
