import { H2mError } from "../../errors.ts";
import { arrayOf, type JsonObject, objectOf, parseObject } from "../../kit/json.ts";
import { isElsewhere } from "./input.ts";

/** Whether a word is an argument of a call, and no name. */
export function isArgument(word: string): boolean {
  return word.startsWith("{") || word.indexOf("=") > 0 || isElsewhere(word);
}

/**
 * The arguments of a call: one JSON object, or `key=value` each, read as the tool's schema has the key.
 * @throws H2mError `bad-usage`
 */
export function readArguments(words: readonly string[], schema: unknown): JsonObject {
  const [first, second] = words;
  if (first?.startsWith("{")) {
    const given = parseObject(first);
    if (given && second === undefined) return given;
    throw new H2mError("bad-usage", `The arguments are no JSON object: \`${first}\`.`, {
      hint: "Write one JSON object in quotes, and nothing after it; or key=value words.",
    });
  }
  const properties = objectOf(objectOf(schema)?.["properties"]) ?? {};
  return Object.fromEntries(words.map((word) => readPair(word, properties)));
}

function readPair(word: string, properties: JsonObject): [string, unknown] {
  const place = word.indexOf("=");
  if (place < 1) {
    throw new H2mError("bad-usage", `\`${word}\` is no argument.`, {
      hint: "Write key=value, or all arguments as one JSON object.",
    });
  }
  const key = word.slice(0, place);
  return [key, readValue(word.slice(place + 1), typesOf(properties[key]))];
}

/**
 * A text stays one where the schema takes it. Elsewhere it is read as JSON; what is none stays a text too, for the check
 * of the arguments to name.
 */
function readValue(text: string, types: ReadonlySet<string>): unknown {
  if (types.size === 0 || types.has("string")) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The JSON types that a schema takes, as far as it says so plainly. */
function typesOf(schema: unknown): Set<string> {
  const { type, anyOf, oneOf, enum: values, const: value } = objectOf(schema) ?? {};
  const own = (arrayOf(type) ?? [type]).filter((name) => typeof name === "string");
  const listed = [...(arrayOf(values) ?? []), ...(value === undefined ? [] : [value])];
  const branches = [...(arrayOf(anyOf) ?? []), ...(arrayOf(oneOf) ?? [])];
  return new Set([
    ...own,
    ...(own.length === 0 ? listed.map((each) => typeof each) : []),
    ...branches.flatMap((branch) => [...typesOf(branch)]),
  ]);
}
