import { defineToolMapper, textResult, type ToolMapper } from "../../src/plugin.ts";
import type { ToolsConfig } from "./index.ts";
import { reducedSchema } from "./reduced-schema.ts";

/** `tools.args`: pinned, hidden and filled-in arguments. */
export function args({ args: config }: Pick<ToolsConfig, "args">): ToolMapper {
  const argumentsOf = (name: string) => (Object.hasOwn(config, name) ? config[name] : undefined);
  return defineToolMapper({
    name: "args",
    list: (tools) =>
      tools.map((tool) => {
        const own = argumentsOf(tool.name);
        return own ? { ...tool, inputSchema: reducedSchema(tool.inputSchema, own) } : tool;
      }),
    call: (call, next) => {
      const own = argumentsOf(call.name);
      if (!own) return next(call);
      const sent = [...Object.keys(own.pin ?? {}), ...(own.hide ?? [])].filter((name) =>
        Object.hasOwn(call.arguments, name),
      );
      if (sent.length > 0) return textResult(refusal(sent), true);
      // What is sent may be changed on its way, and the config may not.
      const filled = structuredClone({ ...own.default });
      const pinned = structuredClone({ ...own.pin });
      return next({ ...call, arguments: { ...filled, ...call.arguments, ...pinned } });
    },
  });
}

function refusal(names: readonly string[]): string {
  const listed = names.map((name) => `\`${name}\``).join(" and ");
  const [is, it] = names.length === 1 ? ["is", "it"] : ["are", "them"];
  return `${listed} ${is} not yours to set: the config of this server decides. Leave ${it} out. The tool was not called.`;
}
