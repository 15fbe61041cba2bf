import { z } from "zod";
import { PLUGIN_API_VERSION } from "../../kit/define.ts";
import { arrayOf, objectOf, stringOf } from "../../kit/json.ts";
import type { ToolMapper } from "../../types/mapper.ts";
import { toolProblem } from "./tool-shape.ts";
import type { PluginEntry } from "../../types/plugin.ts";

/** The name of a command or a flag. */
const COMMAND = /^[a-z][a-z0-9-]*$/;

/** What the config has in `plugins`, or something falsy in its place. A plugin is handed on as it is: its methods may need it. */
export const pluginEntry = z
  .custom<PluginEntry | false | null | undefined>()
  .superRefine((given, context) => {
    if (given || given === "") tell(context, entryProblem(given));
  });

export const mapper = z.custom<ToolMapper>().superRefine((given, context) => {
  tell(context, mapperProblem(given));
});

/** What is wrong with something that should be a plugin: the end of a sentence about it. */
export function pluginProblem(given: unknown): string | undefined {
  if (given instanceof Promise) return "is a promise: `await` it";
  if (nameOf(given) === undefined) return "is no plugin: it must be an object with a `name`";
  const { apiVersion, apis, harnesses, mappers, providers, tools, commands, view, setup } =
    given as Record<string, unknown>;
  return (
    versionProblem(apiVersion) ??
    listProblem("apis", apis, (api) =>
      partsProblem(api, ["parse", "encoder", "error"], ["path"]),
    ) ??
    listProblem("harnesses", harnesses, (harness) =>
      partsProblem(harness, ["detect", "prepare"], ["api"]),
    ) ??
    listProblem("mappers", mappers, mapperProblem) ??
    listProblem("providers", providers, providerProblem) ??
    listProblem("tools", tools, toolProblem) ??
    listProblem("commands", commands, commandProblem) ??
    Object.entries({ view, setup }).flatMap(([key, method]) =>
      method === undefined || typeof method === "function"
        ? []
        : `has a \`${key}\` that is no function`,
    )[0]
  );
}

function tell(context: z.RefinementCtx, message: string | undefined): void {
  if (message !== undefined) context.addIssue({ code: "custom", message });
}

function entryProblem(given: unknown): string | undefined {
  if (given === "") return "must be the name of a package, or a path";
  if (typeof given === "string" || typeof given === "function") return undefined;
  const pair = arrayOf(given);
  if (pair) {
    const [plugin] = pair;
    const loadable = (typeof plugin === "string" && plugin !== "") || typeof plugin === "function";
    if (loadable && pair.length <= 2) return undefined;
    return "must be a pair: the name, path or function of a plugin, and its options";
  }
  const problem = pluginProblem(given);
  const name = nameOf(given);
  return problem !== undefined && name !== undefined ? `(\`${name}\`) ${problem}` : problem;
}

/** Before anything else: a plugin of another version may look otherwise. */
function versionProblem(given: unknown): string | undefined {
  if (given === undefined || given === PLUGIN_API_VERSION) return undefined;
  if (typeof given !== "number") return "has an `apiVersion` that is no number";
  const made = `is made for version ${given} of the plugin API, and this h2m has version ${PLUGIN_API_VERSION}`;
  return given > PLUGIN_API_VERSION
    ? `${made}: update h2m, or use an older version of the plugin`
    : `${made}: update the plugin, or use an older h2m`;
}

function listProblem(
  key: string,
  given: unknown,
  problemOf: (item: unknown) => string | undefined,
): string | undefined {
  if (given === undefined) return undefined;
  const list = arrayOf(given);
  if (!list) return `has \`${key}\` that are no list`;
  const problems = list.map((item, place) => {
    const problem = problemOf(item);
    return problem === undefined ? undefined : `has \`${key}[${place}]\`, which ${problem}`;
  });
  return problems.find((problem) => problem !== undefined);
}

function mapperProblem(given: unknown): string | undefined {
  const { list, call } = objectOf(given) ?? {};
  const methods = Object.entries({ list, call }).filter(([, method]) => method !== undefined);
  return partsProblem(
    given,
    methods.map(([name]) => name),
    [],
  );
}

/** What brings tools can run them. */
function providerProblem(given: unknown): string | undefined {
  const { tools } = objectOf(given) ?? {};
  return partsProblem(given, tools === undefined ? [] : ["tools", "call"], []);
}

function commandProblem(given: unknown): string | undefined {
  const problem = partsProblem(given, ["run"], ["summary"]);
  if (problem !== undefined) return problem;
  const { name, flags = {}, config } = given as Record<string, unknown> & { name: string };
  if (config !== undefined && config !== "named") return 'has a `config` that is not "named"';
  if (!COMMAND.test(name))
    return `has the name \`${name}\`: it must be small letters, digits and hyphens`;
  for (const [flag, about] of Object.entries(objectOf(flags) ?? { "": undefined })) {
    if (!COMMAND.test(flag) || stringOf(objectOf(about)?.["summary"]) === undefined)
      return "needs `flags` by name, each with a `summary`";
  }
  return undefined;
}

function partsProblem(
  given: unknown,
  methods: readonly string[],
  texts: readonly string[],
): string | undefined {
  const parts = objectOf(given);
  if (nameOf(given) === undefined || !parts) return "must be an object with a `name`";
  for (const key of texts) if (stringOf(parts[key]) === undefined) return `needs a text \`${key}\``;
  for (const key of methods) {
    if (typeof parts[key] !== "function") return `needs a function \`${key}\``;
  }
  return undefined;
}

function nameOf(given: unknown): string | undefined {
  return stringOf(objectOf(given)?.["name"]) || undefined;
}
