import { arrayOf, H2mError, type JsonObject, objectOf, stringOf } from "../../src/plugin.ts";

export interface PromptArgument {
  readonly name: string;
  readonly description?: string | undefined;
  readonly required: boolean;
}

/** A Markdown file that is a prompt. */
export interface PromptFile {
  readonly name: string;
  readonly title?: string | undefined;
  readonly description?: string | undefined;
  readonly arguments: readonly PromptArgument[];
  readonly text: string;
}

const HEAD = /^\ufeff?---[ \t]*\r?\n([\s\S]*?)(?:\r?\n)?---[ \t]*(?:\r?\n|$)/;
const NAME = /^[\w./-]{1,128}$/;
const ARGUMENT = /^[\w-]{1,64}$/;
const KEYS = ["name", "title", "description", "arguments"];

/** Reads one. `fallback`: its name, if it says none. @throws Error in words that go on after "it" */
export async function promptOf(text: string, fallback: string): Promise<PromptFile> {
  const head = HEAD.exec(text);
  const said = head ? await yamlOf(head[1] ?? "") : {};
  const unknown = Object.keys(said).find((key) => !KEYS.includes(key));
  if (unknown !== undefined)
    throw new H2mError("bad-config", `has the key \`${unknown}\`; known are ${KEYS.join(", ")}`);
  const name = said["name"] ?? fallback;
  if (typeof name !== "string" || !NAME.test(name))
    throw new H2mError(
      "bad-config",
      'needs a `name` of 1 to 128 letters, digits, "_", "-", "." and "/"',
    );
  return {
    name,
    title: optionalText(said, "title"),
    description: optionalText(said, "description"),
    arguments: argumentsOf(said["arguments"]),
    text: text.slice(head?.[0].length ?? 0).trim(),
  };
}

/** The text with each `{{name}}` of an argument replaced, once: what a value holds is never replaced in turn. */
export function filled(
  { text, arguments: known }: PromptFile,
  args: Readonly<Record<string, string>>,
): string {
  const names = new Set(known.map(({ name }) => name));
  return text.replaceAll(/\{\{\s*([\w-]+)\s*\}\}/g, (whole, name: string) =>
    names.has(name) ? (Object.hasOwn(args, name) ? (args[name] ?? "") : "") : whole,
  );
}

async function yamlOf(text: string): Promise<JsonObject> {
  const { parseYAML } = await import("confbox");
  let found: unknown;
  try {
    found = parseYAML(text);
  } catch (cause) {
    throw new H2mError(
      "bad-config",
      `has a head that is no YAML: ${H2mError.from(cause).message.split("\n")[0]}`,
    );
  }
  const said = found === undefined || found === null ? {} : objectOf(found);
  if (said) return said;
  throw new H2mError("bad-config", "has a head that is no list of keys");
}

function optionalText(said: JsonObject, key: string): string | undefined {
  const found = said[key];
  if (found === undefined || found === null) return undefined;
  if (typeof found === "string") return found;
  throw new H2mError("bad-config", `has a \`${key}\` that is no text`);
}

function argumentsOf(given: unknown): PromptArgument[] {
  if (given === undefined || given === null) return [];
  const list = arrayOf(given);
  if (!list) throw new H2mError("bad-config", "has `arguments` that are no list");
  const seen = new Set<string>();
  return list.map((each, place) => {
    const one = typeof each === "string" ? { name: each } : objectOf(each);
    const name = stringOf(one?.["name"]);
    if (!one || name === undefined || !ARGUMENT.test(name))
      throw new H2mError(
        "bad-config",
        `has \`arguments[${place}]\` without a \`name\` of letters, digits, "_" and "-"`,
      );
    if (seen.has(name)) throw new H2mError("bad-config", `names the argument \`${name}\` twice`);
    seen.add(name);
    return {
      name,
      description: optionalText(one, "description"),
      required: (one as JsonObject)["required"] === true,
    };
  });
}
