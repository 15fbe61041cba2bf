import { toolsMappers } from "../../plugins/tools/index.ts";
import { DEFAULTS } from "../../src/config/schema/defaults.ts";
import { Mapping } from "../../src/core/tools/mapping.ts";
import { Toolset } from "../../src/core/tools/toolset.ts";
import {
  type CallToolResult,
  type H2mConfig,
  type MapperCall,
  textOf,
  textResult,
  type Tool,
  type ToolMapper,
} from "../../src/plugin.ts";

export type ToolsSection = NonNullable<H2mConfig["tools"]>;

/** A tool of an invented harness. */
export function tool(
  name: string,
  properties: Record<string, object> = { a: { type: "number" } },
  more: object = {},
): Tool {
  return {
    name,
    description: `Does ${name}.`,
    inputSchema: { type: "object", properties, ...more } as Tool["inputSchema"],
  };
}

/** The tools of one session, seen from both sides, without a harness. */
export interface Seen {
  readonly shown: () => readonly Tool[];
  readonly names: () => string[];
  readonly schema: (name: string) => Record<string, unknown> | undefined;
  /** Calls, and gives what the harness got: nothing, if the call was refused. */
  readonly call: (name: string, args?: Record<string, unknown>) => Promise<Called>;
}

export interface Called {
  readonly sent: readonly MapperCall[];
  readonly result?: CallToolResult;
  readonly text?: string;
  readonly error?: Error & { code?: string };
}

/** Lays the mappers of a config over a list. `plugins`: those of plugins, the innermost first. */
export function seen(
  config: ToolsSection,
  tools: readonly Tool[],
  plugins: readonly ToolMapper[] = [],
): Seen {
  const { map = [], ...keys } = config;
  const mappers = [...plugins, ...map, ...toolsMappers({ ...DEFAULTS.tools, ...keys })];
  const session = { id: "s", harness: "fake", attached: false };
  const toolset = new Toolset(new Mapping(mappers, () => ({ session })), (name, error) => {
    throw new Error(`The schema of ${name} cannot be compiled.`, { cause: error });
  });
  toolset.update({ tools: tools, skipped: [] });
  const shown = () => toolset.shown();
  return {
    shown,
    names: () => shown().map(({ name }) => name),
    schema: (name) => shown().find((each) => each.name === name)?.inputSchema,
    call: async (name, args = {}) => {
      const sent: MapperCall[] = [];
      try {
        const { signal } = new AbortController();
        const result = await toolset.call({ name, arguments: args }, { signal }, async (call) => {
          sent.push(call);
          return textResult("done");
        });
        return { sent, result, text: textOf(result) };
      } catch (error) {
        return { sent, error: error as Error };
      }
    },
  };
}
