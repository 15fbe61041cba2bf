import { type ZodType, toJSONSchema } from "zod";
import {
  H2mError,
  type JsonObject,
  type LocalTool,
  objectOf,
  type Tool,
} from "../../src/plugin.ts";

/** A tool with what clients are told of it. */
export interface ToldTool {
  readonly tool: LocalTool;
  readonly told: Tool;
}

/**
 * What clients are told of a tool.
 * @throws H2mError `bad-config` for schemas that JSON Schema cannot say, or are no objects, and for examples that do not fit
 */
export function toldOf(tool: LocalTool): ToldTool {
  const { name, title, description, input, output, annotations, examples } = tool;
  const inputSchema = schemaOf(tool, "input", input, "input");
  if (examples !== undefined) {
    for (const [place, example] of examples.entries()) {
      const fault = faultOf(input, example);
      if (fault !== undefined)
        throw bad(tool, `has \`examples[${place}]\`, which does not fit: ${fault}`);
    }
    inputSchema["examples"] = examples;
  }
  const told = {
    name,
    ...(title === undefined ? {} : { title }),
    description,
    inputSchema,
    ...(output === undefined ? {} : { outputSchema: schemaOf(tool, "output", output, "output") }),
    ...(annotations === undefined ? {} : { annotations }),
  };
  return { tool, told: told as Tool };
}

/** Everything that is wrong with a value, each with its place, such as `size: Too small`. */
export function faultsIn(error: {
  issues: readonly { path: readonly PropertyKey[]; message: string }[];
}): string {
  return error.issues
    .map(({ path, message }) =>
      path.length === 0 ? message : `${path.map(String).join(".")}: ${message}`,
    )
    .join("; ");
}

/** A schema whose checks are asynchronous says nothing before a call. */
function faultOf(schema: ZodType, value: unknown): string | undefined {
  try {
    const read = schema.safeParse(value);
    return read.success ? undefined : faultsIn(read.error);
  } catch {
    return undefined;
  }
}

function schemaOf(
  tool: LocalTool,
  key: "input" | "output",
  schema: ZodType,
  io: "input" | "output",
): JsonObject & Record<string, unknown> {
  let found: JsonObject;
  try {
    const { $schema: _, ...rest } = toJSONSchema(schema, { io });
    found = rest;
  } catch (cause) {
    throw bad(
      tool,
      `has an \`${key}\` that JSON Schema cannot say: ${H2mError.from(cause).message}`,
    );
  }
  if (found["type"] === "object") return { ...found };
  // Of a union of objects each member says it.
  const members = [found["anyOf"], found["oneOf"], found["allOf"]].find(Array.isArray) as
    | unknown[]
    | undefined;
  if (members?.every((member) => objectOf(member)?.["type"] === "object"))
    return { type: "object", ...found };
  throw bad(tool, `has an \`${key}\` that is no object: make it \`z.object({ … })\``);
}

function bad({ name }: LocalTool, problem: string): H2mError {
  return new H2mError("bad-config", `The tool \`${name}\` ${problem}.`);
}
