import type { LocalOptions, LocalProvider } from "../plugins/local/index.ts";
import chatCompletions from "../plugins/chat-completions/index.ts";
import claude from "../plugins/claude/index.ts";
import codex from "../plugins/codex/index.ts";
import messages from "../plugins/messages/index.ts";
import opencode from "../plugins/opencode/index.ts";
import responses from "../plugins/responses/index.ts";
import type { Upstreams, UpstreamsOptions } from "../plugins/upstream/index.ts";
import { toolsIn } from "./config/files/tool-files.ts";
import { Registry } from "./core/plugins/registry.ts";
import type { ResolvedConfig } from "./types/config.ts";
import type { HarnessLauncher } from "./types/harness.ts";
import type { Plugin } from "./types/plugin.ts";

export { default as audit } from "../plugins/audit/index.ts";
export { default as restApi, OPEN_PATHS } from "../plugins/rest/index.ts";
export { default as search } from "../plugins/search/index.ts";
export { default as sessionsApi } from "../plugins/sessions/index.ts";
export { toolsMappers, withinStart } from "../plugins/tools/index.ts";

/** What comes with h2m. A plugin of the same name replaces one. */
export const BUILT_IN: readonly Plugin[] = [
  messages,
  responses,
  chatCompletions,
  claude,
  codex,
  opencode,
];

/** What a config and its plugins bring that is no harness's. */
export function localOf(
  { tools, prompts, resources, cwd }: ResolvedConfig,
  registry: Registry,
): LocalOptions {
  return { tools: [...registry.tools, ...toolsIn(tools.local)], prompts, resources, cwd };
}

/** Other MCP servers, loaded where there are some. */
export async function upstreamsOf(
  config: ResolvedConfig,
  options: Omit<UpstreamsOptions, "servers">,
): Promise<Upstreams | undefined> {
  const { upstream: servers } = config;
  if (Object.keys(servers).length === 0) return undefined;
  const { Upstreams } = await import("../plugins/upstream/index.ts");
  return new Upstreams({ servers, ...options });
}

/** The provider of it, loaded where there is something, or a folder that may hold tools later. */
export async function projectOf(
  config: ResolvedConfig,
  registry: Registry,
): Promise<LocalProvider | undefined> {
  const options = localOf(config, registry);
  const { tools, prompts, resources } = options;
  const some = tools.length > 0 || prompts !== undefined || Object.keys(resources).length > 0;
  if (!some && config.tools.local.length === 0) return undefined;
  const { LocalProvider } = await import("../plugins/local/index.ts");
  return new LocalProvider(options);
}

/** All harnesses that can be served with these plugins. */
export function launchers(plugins: readonly Plugin[] = []): HarnessLauncher[] {
  return [...new Registry([...BUILT_IN, ...plugins]).harnesses.values()];
}

/** The names of all harnesses that can be served with these plugins. */
export function harnessNames(plugins: readonly Plugin[] = []): string[] {
  return launchers(plugins).map(({ name }) => name);
}
