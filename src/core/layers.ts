import type { MapperContext, ToolMapper } from "../types/mapper.ts";
import type { Tool } from "../types/mcp.ts";

/** The list that each mapper gets, and last what comes of it. `mappers`: the innermost first. */
export function layersOf(
  mappers: readonly ToolMapper[],
  inner: readonly Tool[],
  context: MapperContext,
): readonly (readonly Tool[])[] {
  const layers = [inner];
  let tools = inner;
  for (const mapper of mappers) {
    tools = mapper.list?.(tools, context) ?? tools;
    layers.push(tools);
  }
  return layers;
}
