import { defineToolMapper, type ToolMapper } from "../../src/plugin.ts";
import type { ToolsConfig } from "./index.ts";

/** `tools.prefix`: stands before every name, also before a new one. */
export function prefix({ prefix: start }: Pick<ToolsConfig, "prefix">): ToolMapper {
  return defineToolMapper({
    name: "prefix",
    list: (tools) => tools.map((tool) => ({ ...tool, name: start + tool.name })),
    call: (call, next) => next({ ...call, name: call.name.slice(start.length) }),
  });
}
