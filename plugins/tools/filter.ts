import { defineToolMapper, globs, type ToolMapper } from "../../src/plugin.ts";
import type { ToolsConfig } from "./index.ts";

/** `tools.include` and `tools.exclude`: what is not listed cannot be called. */
export function filter({ include, exclude }: Pick<ToolsConfig, "include" | "exclude">): ToolMapper {
  const included = globs(include);
  const excluded = globs(exclude);
  return defineToolMapper({
    name: "filter",
    list: (tools) => tools.filter(({ name }) => included(name) && !excluded(name)),
  });
}
