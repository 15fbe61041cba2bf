import picomatch from "picomatch";
import { defineToolMapper, type ResolvedConfig, type ToolMapper } from "../../src/plugin.ts";

type ToolsConfig = Pick<ResolvedConfig["tools"], "include" | "exclude" | "rename" | "describe">;

/** The mappers of the config's `tools`, the innermost first: filter, descriptions, new names. */
export function toolsMappers(config: ToolsConfig): ToolMapper[] {
  return [filter(config), describe(config), rename(config)];
}

function filter({ include, exclude }: ToolsConfig): ToolMapper {
  const included = picomatch([...include]);
  const excluded = exclude.length > 0 ? picomatch([...exclude]) : () => false;
  return defineToolMapper({
    name: "filter",
    list: (tools) => tools.filter(({ name }) => included(name) && !excluded(name)),
  });
}

function describe({ describe: texts }: ToolsConfig): ToolMapper {
  return defineToolMapper({
    name: "describe",
    list: (tools) =>
      tools.map((tool) =>
        Object.hasOwn(texts, tool.name) ? { ...tool, description: texts[tool.name] } : tool,
      ),
  });
}

function rename({ rename: names }: ToolsConfig): ToolMapper {
  const shown = new Map(Object.entries(names));
  const own = new Map(Object.entries(names).map(([from, to]) => [to, from]));
  return defineToolMapper({
    name: "rename",
    list: (tools) => tools.map((tool) => ({ ...tool, name: shown.get(tool.name) ?? tool.name })),
    // A name that was not renamed, and not taken by another, is the harness's own.
    call: (call, next) => next({ ...call, name: own.get(call.name) ?? call.name }),
  });
}
