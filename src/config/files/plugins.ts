import { H2mError } from "../../errors.ts";
import type { H2mConfig } from "../../types/config.ts";
import type { Plugin, PluginFactory } from "../../types/plugin.ts";
import { noteOrigin } from "./loaded.ts";
import { loadPluginFile, type PluginSource } from "./plugin-file.ts";
import { pluginProblem } from "../schema/plugin-shape.ts";

/**
 * Loads the plugins that a config names, and makes those that are functions.
 * @throws H2mError `bad-config`, naming the plugin and what was expected
 */
export async function withPlugins<C extends Pick<H2mConfig, "plugins">>(
  config: C,
  source: PluginSource,
): Promise<Omit<C, "plugins"> & { readonly plugins: readonly Plugin[] }> {
  const plugins: Plugin[] = [];
  for (const [place, entry] of (config.plugins ?? []).entries()) {
    if (!entry) continue;
    const key = `plugins[${place}]`;
    if (typeof entry !== "object") plugins.push(await made(entry, undefined, key, source));
    else if ("name" in entry) plugins.push(entry);
    else plugins.push(await made(entry[0], entry[1], key, source));
  }
  return { ...config, plugins };
}

async function made(
  given: string | PluginFactory,
  options: unknown,
  key: string,
  source: PluginSource,
): Promise<Plugin> {
  const label = typeof given === "string" ? `\`${given}\` (\`${key}\`)` : `\`${key}\``;
  const { found, file } =
    typeof given === "string"
      ? await loadPluginFile(given, label, source)
      : { found: given as unknown, file: undefined };
  if (typeof found !== "function") {
    const problem = pluginProblem(found);
    if (problem !== undefined) throw bad(label, problem);
    if (options === undefined) return noted(found as Plugin, file, options);
    throw bad(label, "takes no options: it is a plugin, and no function that makes one");
  }
  let plugin: unknown;
  try {
    plugin = (found as PluginFactory<unknown>)(options ?? {});
  } catch (cause) {
    const { message, hint } = H2mError.from(cause);
    throw new H2mError("bad-config", `The plugin ${label} could not be made: ${message}`, {
      hint: hint ?? "Check its options: the second of the pair in `plugins`.",
      cause,
    });
  }
  const problem = pluginProblem(plugin);
  if (problem !== undefined) throw bad(label, `is a function whose plugin ${problem}`);
  return noted(plugin as Plugin, file, options);
}

/** Of a function that stands in the config itself nobody sees what it holds. */
function noted(plugin: Plugin, file: string | undefined, options: unknown): Plugin {
  if (file !== undefined) noteOrigin(plugin, file, options);
  return plugin;
}

function bad(label: string, problem: string): H2mError {
  return new H2mError("bad-config", `The plugin ${label} ${problem}.`, {
    hint: "A plugin is an object with a `name`, as `definePlugin` types it, or a function of options that gives one.",
  });
}
