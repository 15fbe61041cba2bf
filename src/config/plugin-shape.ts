import { z } from "zod";
import { arrayOf, objectOf, stringOf } from "../kit/json.ts";
import type { ToolMapper } from "../types/mapper.ts";
import type { Plugin } from "../types/plugin.ts";

/** A plugin, or something falsy in its place. It is handed on as it is: its methods may need their object. */
export const plugin = z
  .custom<Plugin | false | null | undefined>()
  .superRefine((given, context) => {
    if (given) tell(context, pluginProblem(given));
  });

export const mapper = z.custom<ToolMapper>().superRefine((given, context) => {
  tell(context, mapperProblem(given));
});

function tell(context: z.RefinementCtx, message: string | undefined): void {
  if (message !== undefined) context.addIssue({ code: "custom", message });
}

function pluginProblem(given: unknown): string | undefined {
  if (typeof given === "function") return "is a function: call it, so that it makes its plugin";
  if (given instanceof Promise) return "is a promise: `await` it";
  const name = nameOf(given);
  if (name === undefined) return "is no plugin: it must be an object with a `name`";
  const { apis, harnesses, mappers, setup } = given as Record<string, unknown>;
  const problem =
    listProblem("apis", apis, (api) =>
      partsProblem(api, ["parse", "encoder", "error"], ["path"]),
    ) ??
    listProblem("harnesses", harnesses, (harness) =>
      partsProblem(harness, ["detect", "prepare"], ["api"]),
    ) ??
    listProblem("mappers", mappers, mapperProblem);
  if (problem !== undefined) return `(\`${name}\`) ${problem}`;
  if (setup === undefined || typeof setup === "function") return undefined;
  return `(\`${name}\`) has a \`setup\` that is no function`;
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
