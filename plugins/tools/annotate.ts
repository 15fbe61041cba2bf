import { defineToolMapper, type Tool, type ToolMapper } from "../../src/plugin.ts";
import type { ToolsConfig } from "./index.ts";

/** `tools.annotations`: hints for clients, laid over those of the harness. */
export function annotate({ annotations }: Pick<ToolsConfig, "annotations">): ToolMapper {
  return defineToolMapper({
    name: "annotate",
    list: (tools) =>
      tools.map((tool) => {
        const own = Object.hasOwn(annotations, tool.name) ? annotations[tool.name] : undefined;
        return own ? annotated(tool, own) : tool;
      }),
  });
}

function annotated(tool: Tool, own: NonNullable<Tool["annotations"]>): Tool {
  // Who only reads destroys nothing: clients look at either hint.
  const harmless = own.readOnlyHint === true ? { destructiveHint: false } : {};
  const annotations = { ...tool.annotations, ...harmless, ...own };
  // Clients prefer the tool's own title to that of its annotations.
  const titled = tool.title !== undefined && own.title !== undefined;
  return { ...tool, ...(titled ? { title: own.title } : {}), annotations };
}
