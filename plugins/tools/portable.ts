import { defineToolMapper, portableNames, type Tool, type ToolMapper } from "../../src/plugin.ts";
import type { ToolsConfig } from "./index.ts";
import { portableSchema } from "./portable-schema.ts";

/** `tools.portable`: names and schemas that strict clients take. Arguments are checked against the original schema. */
export function portable({ portable: on }: Pick<ToolsConfig, "portable">): ToolMapper {
  if (!on) return defineToolMapper({ name: "portable" });
  const namesOf = (tools: readonly Tool[]) => portableNames(tools.map(({ name }) => name));
  return defineToolMapper({
    name: "portable",
    list: (tools) => {
      const names = namesOf(tools);
      return tools.map((tool) => ({
        ...tool,
        name: names.get(tool.name) ?? tool.name,
        inputSchema: portableSchema(tool.inputSchema),
      }));
    },
    call: (call, next, { tools }) => {
      const own = [...namesOf(tools)].find(([, shown]) => shown === call.name);
      return next({ ...call, name: own?.[0] ?? call.name });
    },
  });
}
