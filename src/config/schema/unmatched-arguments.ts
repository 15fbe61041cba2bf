import { argumentChecker } from "../../core/arguments/argument-check.ts";
import { nearest } from "../../kit/did-you-mean.ts";
import { arrayOf, objectOf } from "../../kit/json.ts";
import type { ResolvedConfig, ToolArguments } from "../../types/config.ts";
import type { Tool } from "../../types/mcp.ts";

type Arguments = ResolvedConfig["tools"]["args"];

/** What `tools.args` says of arguments that no tool of that name has, or cannot do without. */
export function argumentProblems(args: Arguments, tools: readonly Tool[]): string[] {
  return Object.entries(args).flatMap(([name, own]) => {
    const schemas = tools.filter((tool) => tool.name === name).map((tool) => tool.inputSchema);
    // A reference is not followed: what it names is not known here.
    if (schemas.length === 0 || schemas.some((schema) => "$ref" in schema)) return [];
    const known = schemas.flatMap((schema) => argumentsIn(schema).map(([word]) => word));
    const unknown = namesIn(own).filter(({ word }) => !known.includes(word));
    const needed = (own.hide ?? []).filter((word) =>
      schemas.some((schema) => (arrayOf(schema["required"]) ?? []).includes(word)),
    );
    return [
      ...unknown.map(({ key, word }) => {
        const near = nearest(word, known);
        const hint = near === undefined ? "" : ` Did you mean \`${near}\`?`;
        return `\`${word}\` in \`tools.args.${name}.${key}\` is no argument of \`${name}\`.${hint}`;
      }),
      ...needed.map(
        (word) =>
          `\`tools.args.${name}.hide\` has \`${word}\`, without which \`${name}\` cannot be called. Put it into \`pin\`.`,
      ),
    ];
  });
}

/** What `tools.args` sends and the tools do not take. */
export async function unfitValues(args: Arguments, tools: readonly Tool[]): Promise<string[]> {
  const values = Object.entries(args).flatMap(([name, own]) =>
    (["pin", "default"] as const).flatMap((key) =>
      Object.entries(own[key] ?? {}).map(([word, value]) => ({ name, key, word, value })),
    ),
  );
  if (values.length === 0) return [];
  const { ArgumentCheck } = await argumentChecker();
  // A schema that cannot be compiled is told with the first call.
  const check = new ArgumentCheck(() => {});
  const problems = values.map(async ({ name, key, word, value }) => {
    const found: string[] = [];
    for (const { inputSchema } of tools.filter((tool) => tool.name === name)) {
      const schema = alone(inputSchema, word);
      const faults = check.faults({ name, inputSchema: schema }, { [word]: value });
      // Not checked yet: each call is.
      const [fault] = await faults.catch(() => []);
      if (fault === undefined) continue;
      found.push(`The value of \`tools.args.${name}.${key}.${word}\` does not fit: ${fault.text}.`);
    }
    return found;
  });
  return (await Promise.all(problems)).flat();
}

/** A schema of one argument: what the others must be is not the question. */
function alone(schema: Tool["inputSchema"], word: string): Tool["inputSchema"] {
  const { $schema, $defs, definitions, properties } = schema as Record<string, unknown>;
  const variants = argumentsIn(schema).flatMap(([name, own]) => (name === word ? [own] : []));
  const [first = {}, ...more] = variants;
  const own = more.length === 0 ? first : { anyOf: variants };
  const rest = Object.entries({ $schema, $defs, definitions }).filter(
    ([, part]) => part !== undefined,
  );
  return {
    ...Object.fromEntries(rest),
    type: "object",
    // The others stay: a definition may stand in one of them.
    properties: { ...objectOf(properties), [word]: own },
  } as Tool["inputSchema"];
}

function namesIn({ pin = {}, hide = [], default: given = {} }: ToolArguments) {
  const places = { pin: Object.keys(pin), hide, default: Object.keys(given) };
  return Object.entries(places).flatMap(([key, words]) => words.map((word) => ({ key, word })));
}

/** The arguments that a schema names, also in its alternatives, each with its own schema. */
function argumentsIn(schema: unknown, depth = 0): [name: string, schema: unknown][] {
  const parts = objectOf(schema) ?? {};
  const branches = ["allOf", "anyOf", "oneOf"].flatMap((key) => arrayOf(parts[key]) ?? []);
  return [
    ...Object.entries(objectOf(parts["properties"]) ?? {}),
    ...(depth < 8 ? branches.flatMap((branch) => argumentsIn(branch, depth + 1)) : []),
  ];
}
