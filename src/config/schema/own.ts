import type { ResolvedConfig } from "../../types/config.ts";

/** Whether a project brings tools, prompts or resources of its own. */
export function hasOwn({ tools, prompts, resources, plugins }: ResolvedConfig): boolean {
  const some = tools.local.length > 0 || Object.keys(resources).length > 0;
  return some || prompts !== undefined || plugins.some((plugin) => plugin.tools?.length);
}

/** Whether there are tools, prompts or resources that no harness brings. */
export function hasMore(config: ResolvedConfig): boolean {
  const { upstream, plugins } = config;
  if (hasOwn(config) || Object.keys(upstream).length > 0) return true;
  return plugins.some((plugin) => plugin.providers?.length);
}
