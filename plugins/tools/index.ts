import type { ResolvedConfig, ToolMapper } from "../../src/plugin.ts";
import { annotate } from "./annotate.ts";
import { args } from "./args.ts";
import { describe } from "./describe.ts";
import { filter } from "./filter.ts";
import { portable } from "./portable.ts";
import { prefix } from "./prefix.ts";
import { readOnly } from "./read-only.ts";
import { rename } from "./rename.ts";

export type ToolsConfig = Pick<
  ResolvedConfig["tools"],
  | "include"
  | "exclude"
  | "rename"
  | "prefix"
  | "describe"
  | "args"
  | "annotations"
  | "readOnly"
  | "portable"
>;

/**
 * The mappers of the config's `tools`, the innermost first. All up to `rename` know the harness's own names; what the
 * config's annotations say counts for `readOnly`.
 */
export function toolsMappers(config: ToolsConfig): ToolMapper[] {
  return [
    filter(config),
    describe(config),
    annotate(config),
    readOnly(config),
    args(config),
    rename(config),
    prefix(config),
    portable(config),
  ];
}

/** After a reload: what the config of the start did not include, or excluded, stays away. By the harness's own names too. */
export function withinStart(start: Pick<ToolsConfig, "include" | "exclude">): ToolMapper {
  return filter(start);
}
