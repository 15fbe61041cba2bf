import { defineToolMapper, type ToolMapper } from "../../src/plugin.ts";
import type { ToolsConfig } from "./index.ts";

/** `tools.rename`: only the new name is known from here on. */
export function rename({ rename: names }: Pick<ToolsConfig, "rename">): ToolMapper {
  const shown = new Map(Object.entries(names));
  const newName = (name: string) => shown.get(name) ?? name;
  return defineToolMapper({
    name: "rename",
    list: (tools) => tools.map((tool) => ({ ...tool, name: newName(tool.name) })),
    // Only what is listed: the name may be that of another tool, and the one that would have been renamed is hidden.
    call: (call, next, { tools }) => {
      const own = tools.find(({ name }) => newName(name) === call.name);
      return next({ ...call, name: own?.name ?? call.name });
    },
  });
}
