import { defineToolMapper, type ToolMapper } from "../../src/plugin.ts";
import type { ToolsConfig } from "./index.ts";

/** `tools.describe`: other descriptions. */
export function describe({ describe: texts }: Pick<ToolsConfig, "describe">): ToolMapper {
  return defineToolMapper({
    name: "describe",
    list: (tools) =>
      tools.map((tool) =>
        Object.hasOwn(texts, tool.name) ? { ...tool, description: texts[tool.name] } : tool,
      ),
  });
}
