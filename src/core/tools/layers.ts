import type { MapperContext, ToolMapper } from "../../types/mapper.ts";
import type { Tool } from "../../types/mcp.ts";

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

/** Mappers that the words of the config make. */
const worded = new WeakSet<ToolMapper>();

/** Says so of these: up to the first of them, a tool's name is its own for all that `tools` says. */
export function ofConfig(mappers: readonly ToolMapper[]): readonly ToolMapper[] {
  for (const mapper of mappers) worded.add(mapper);
  return mappers;
}

/** Of these layers those in which a tool has a name of its own: the harness's, or one that a mapper of a plugin gave it. */
export function ownLayers(
  mappers: readonly ToolMapper[],
  layers: readonly (readonly Tool[])[],
): readonly (readonly Tool[])[] {
  const first = mappers.findIndex((mapper) => worded.has(mapper));
  return first === -1 ? layers : layers.slice(0, first + 1);
}
