import { defineToolMapper, type ToolMapper } from "../../src/plugin.ts";
import type { ToolsConfig } from "./index.ts";

/** `tools.readOnly`: only what is marked as read-only. A tool without annotations, such as a new one, is not. */
export function readOnly({ readOnly: only }: Pick<ToolsConfig, "readOnly">): ToolMapper {
  return defineToolMapper({
    name: "read-only",
    list: (tools) =>
      only ? tools.filter(({ annotations }) => annotations?.readOnlyHint === true) : tools,
  });
}
