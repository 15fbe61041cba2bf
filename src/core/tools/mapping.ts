import type { MapperContext, ToolMapper } from "../../types/mapper.ts";
import type { Tool } from "../../types/mcp.ts";
import { layersOf, ownLayers } from "./layers.ts";

/** Lists on their way out through the mappers of one session, and those of a later config that hide more. */
export class Mapping {
  readonly mappers: readonly ToolMapper[];
  readonly context: () => MapperContext;
  /** What they do not show is not shown here either. */
  #later: readonly ToolMapper[] = [];

  /** What clients would see of these tools alone. */
  readonly shownOf = (tools: readonly Tool[]): readonly Tool[] => this.layers(tools).at(-1) ?? [];

  /** `mappers`: the innermost first. */
  constructor(mappers: readonly ToolMapper[], context: () => MapperContext) {
    this.mappers = mappers;
    this.context = context;
  }

  /** The list that each mapper gets, and last what comes of it. */
  layers(tools: readonly Tool[]): readonly (readonly Tool[])[] {
    return layersOf(this.mappers, this.stay(tools), this.context());
  }

  /** Those that no later config hides. */
  stay(tools: readonly Tool[]): readonly Tool[] {
    if (this.#later.length === 0) return tools;
    const context = this.context();
    return tools.filter((tool) => layersOf(this.#later, [tool], context).at(-1)?.length);
  }

  /** Each name of its own of a tool: the harness's, and those that mappers of plugins give it. */
  ownNames(tool: Tool): readonly string[] {
    return ownLayers(this.mappers, this.layers([tool]))
      .flat()
      .map(({ name }) => name);
  }

  /** The names that clients see of these tools; names that clash are told to whoever asks for the list. */
  names(tools: readonly Tool[]): string[] {
    return this.shownOf(tools).map(({ name }) => name);
  }

  /** What `look` gives where these hide tools too. @throws what one of them throws; nothing has changed either way */
  supposing<T>(later: readonly ToolMapper[], look: () => T): T {
    const now = this.#later;
    this.#later = later;
    try {
      return look();
    } finally {
      this.#later = now;
    }
  }

  /** From now on these hide tools too. */
  narrow(later: readonly ToolMapper[]): void {
    this.#later = later;
  }
}
