import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { isTooDeep } from "../kit/depth.ts";
import type { Tool } from "../types/mcp.ts";

const OPTIONS = { strict: false, allErrors: true, validateSchema: false, logger: false } as const;

/** Checks arguments against the tools' own JSON Schemas (draft-07 or 2020-12). */
export class ArgumentCheck {
  readonly #draft07 = new Ajv(OPTIONS);
  readonly #draft2020 = new Ajv2020(OPTIONS);
  readonly #compiled = new WeakMap<object, ValidateFunction | null>();
  readonly #onBadSchema: (tool: string, error: unknown) => void;

  /** `onBadSchema` hears of a schema that cannot be compiled; its tool is then called unchecked. */
  constructor(onBadSchema: (tool: string, error: unknown) => void) {
    this.#onBadSchema = onBadSchema;
    // The package is CommonJS: its function is the default export of its default export under Node.
    const add = addFormats as unknown as { default?: typeof addFormats.default };
    for (const ajv of [this.#draft07, this.#draft2020]) (add.default ?? addFormats.default)(ajv);
  }

  /** What is wrong with the arguments, or `undefined`. */
  problem(tool: Tool, args: Record<string, unknown>): string | undefined {
    if (isTooDeep(args))
      return `The arguments for \`${tool.name}\` are nested too deeply. The tool was not called.`;
    const faults = this.faults(tool, args);
    if (faults.length === 0) return undefined;
    return `Wrong arguments for \`${tool.name}\`: ${faults.join("; ")}. The tool was not called.`;
  }

  /** Each thing that is wrong with the arguments. */
  faults(tool: Pick<Tool, "name" | "inputSchema">, args: Record<string, unknown>): string[] {
    const validate = this.#validator(tool);
    if (!validate || validate(args)) return [];
    return [...new Set((validate.errors ?? []).map(describe))];
  }

  #validator(tool: Pick<Tool, "name" | "inputSchema">): ValidateFunction | null {
    const schema = tool.inputSchema as Record<string, unknown>;
    const known = this.#compiled.get(schema);
    if (known !== undefined) return known;
    let validate: ValidateFunction | null = null;
    try {
      const old = String(schema["$schema"] ?? "").includes("draft-07");
      // Two tools may carry one `$id`, which Ajv takes for a conflict.
      const { $id: _, ...rest } = schema;
      validate = (old ? this.#draft07 : this.#draft2020).compile(rest);
    } catch (error) {
      this.#onBadSchema(tool.name, error);
    }
    this.#compiled.set(schema, validate);
    return validate;
  }
}

function describe(error: ErrorObject): string {
  const path = error.instancePath.slice(1).replaceAll("/", ".");
  const inside = path ? ` in \`${path}\`` : "";
  switch (error.keyword) {
    case "required":
      return `\`${error.params["missingProperty"]}\` is missing${inside}`;
    case "additionalProperties":
      return `\`${error.params["additionalProperty"]}\` is not known${inside}`;
    case "enum":
      return `\`${path}\` must be one of ${JSON.stringify(error.params["allowedValues"])}`;
    default:
      return `${path ? `\`${path}\`` : "they"} ${error.message ?? error.keyword}`;
  }
}
