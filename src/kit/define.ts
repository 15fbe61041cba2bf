import type { z } from "zod";
import type { ApiAdapter } from "../types/api.ts";
import type { H2mConfig } from "../types/config.ts";
import type { HarnessLauncher } from "../types/harness.ts";
import type { ToolMapper } from "../types/mapper.ts";
import type { NoFunction, Plugin } from "../types/plugin.ts";
import type { LocalTool, ToolDefinition } from "../types/tool.ts";

/** The version of the plugin contracts that this h2m has. A plugin says in `apiVersion` which one it was written for. */
export const PLUGIN_API_VERSION = 2;

/** Types a config file. */
export function defineConfig(config: H2mConfig): H2mConfig {
  return config;
}

/** Types a plugin, or a function that makes one from its options. */
export function definePlugin<const P extends Plugin>(plugin: P & NoFunction): P;
export function definePlugin<Options extends unknown[], P extends Plugin>(
  plugin: (...options: Options) => P,
): (...options: Options) => P;
export function definePlugin(plugin: unknown): unknown {
  return plugin;
}

/**
 * Types a harness launcher: what `detect` returns as `facts` is what `prepare` and `drive` find in `install.facts`. Their type is
 * the launcher's own affair, so that whoever wraps one can pass on what he is given.
 */
export function defineHarness<Facts>(launcher: HarnessLauncher<Facts>): HarnessLauncher {
  return launcher;
}

/** Types an API adapter. */
export function defineApiAdapter(adapter: ApiAdapter): ApiAdapter {
  return adapter;
}

/** Types a tool mapper. */
export function defineToolMapper(mapper: ToolMapper): ToolMapper {
  return mapper;
}

/** Types a tool of a project: its handler by `input` and `output`. */
export function defineTool<Input extends z.ZodType, Output extends z.ZodType>(
  tool: ToolDefinition<Input, Output>,
): LocalTool {
  return tool as LocalTool;
}
