import type { Random } from "../fuzz/random.ts";
import { tool, type ToolsSection } from "./toolset.ts";
import type { Tool } from "../../src/plugin.ts";

const NEW_NAMES = ["say", "my.tool", "x".repeat(50), "Bash", "a_b", "do-it"];

/** Any section `tools` for these tools, with names that swap, clash, or are not portable. */
export function anyConfig(random: Random, names: readonly string[]): ToolsSection {
  const some = (chance: number) => names.filter(() => random.chance(chance));
  const globs = () => some(0.2).map((name) => (random.chance(0.4) ? `${name.slice(0, 2)}*` : name));
  const targets = new Set([...NEW_NAMES, ...names]);
  const rename = some(0.3).flatMap((name) => {
    const to = random.pick([...targets]);
    targets.delete(to);
    // A right side must be a name that MCP allows.
    return /^[\w.-]{1,128}$/.test(to) ? [[name, to]] : [];
  });
  return {
    ...(random.chance(0.7) ? {} : { include: [...globs(), "*e*"] }),
    ...(random.chance(0.5) ? {} : { exclude: globs() }),
    rename: Object.fromEntries(rename),
    prefix: random.pick(["", "", "repo_", "a.b.", "the_tools_of_this_repository_"]),
    annotations: Object.fromEntries(
      some(0.4).map((name) => [name, { readOnlyHint: random.chance(0.7) }]),
    ),
    readOnly: random.chance(0.2),
    portable: random.chance(0.8),
  };
}

/** Any list of tools, some of them with names that only some clients take. */
export function anyTools(random: Random): Tool[] {
  const names = [
    "Bash",
    "Read",
    "a_b",
    "a.b",
    "ns/tool é",
    "y".repeat(60),
    "__proto__",
    "constructor",
  ];
  return names
    .filter(() => random.chance(0.7))
    .map((name) => ({
      ...tool(
        name,
        { text: { type: "string" }, n: { type: "number" }, on: { type: "boolean" } },
        {
          required: ["text", "n", "on"].filter(() => random.chance(0.5)),
          additionalProperties: false,
          ...(random.chance(0.3) ? { anyOf: [{ required: ["text"] }, { required: ["n"] }] } : {}),
        },
      ),
      ...(random.chance(0.5) ? { annotations: { readOnlyHint: random.chance(0.5) } } : {}),
    }));
}

const VALUES: Record<string, unknown> = { string: "t", number: 1, boolean: true };

/** What is pinned, hidden and filled in of the arguments of these tools; never so that a tool cannot be called. */
export function anyArguments(
  random: Random,
  tools: readonly Tool[],
  chance = 0.5,
): ToolsSection["args"] {
  const entries = tools
    .filter(() => random.chance(chance))
    .map(({ name, inputSchema }) => {
      const places = { pin: [] as string[], hide: [] as string[], default: [] as string[] };
      for (const word of Object.keys(inputSchema.properties ?? {})) {
        const place = random.pick(["pin", "hide", "default", undefined] as const);
        if (place === "hide" && inputSchema.required?.includes(word)) continue;
        if (place) places[place].push(word);
      }
      const set = (words: string[]) =>
        Object.fromEntries(words.map((word) => [word, valueOf(inputSchema, word)]));
      // A tool that wants one of two has one of them sent at least.
      const pin = "anyOf" in inputSchema ? [...new Set([...places.pin, "text"])] : places.pin;
      const rest = (words: string[]) => words.filter((word) => !pin.includes(word));
      return [name, { pin: set(pin), hide: rest(places.hide), default: set(rest(places.default)) }];
    });
  return Object.fromEntries(entries);
}

/** Arguments that a schema takes, as its shown form says: all that it knows. */
export function argumentsFor(schema: Tool["inputSchema"]): Record<string, unknown> {
  const names = Object.keys(schema.properties ?? {});
  return Object.fromEntries(names.map((name) => [name, valueOf(schema, name)]));
}

function valueOf({ properties = {} }: Tool["inputSchema"], name: string): unknown {
  const { type } = (properties[name] ?? {}) as { type?: string };
  return VALUES[type ?? "string"];
}
