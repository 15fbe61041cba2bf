import { z } from "zod";
import type { H2mConfig, ToolArguments, ToolLimits } from "../../types/config.ts";
import type { ToolAnnotations } from "../../types/mcp.ts";
import { mapper } from "./plugin-shape.ts";
import { localTool } from "./tool-shape.ts";
import {
  argumentName,
  flag,
  json,
  oneOf,
  text,
  toolName,
  toolOrRisk,
  toolPrefix,
  wholeNumber,
} from "./values.ts";

/** Every key of a contract has a place in the schema: none can be forgotten. */
export type Shape<T> = { [K in keyof Required<NonNullable<T>>]: z.ZodType };

const toolArguments = z
  .strictObject({
    pin: z.record(argumentName, json).optional(),
    hide: z.array(argumentName).optional(),
    default: z.record(argumentName, json).optional(),
  } satisfies Shape<ToolArguments>)
  .superRefine(eachOnce);

const annotations = z.strictObject({
  title: text.optional(),
  readOnlyHint: flag.optional(),
  destructiveHint: flag.optional(),
  idempotentHint: flag.optional(),
  openWorldHint: flag.optional(),
} satisfies Shape<ToolAnnotations>);

/** The section `tools.limits`. */
export const limits = z.strictObject({
  maxResultBytes: wholeNumber(1_000, 2 ** 31 - 1, " (bytes)").optional(),
  concurrency: wholeNumber(1, 10_000).optional(),
  perMinute: wholeNumber(1, 100_000).optional(),
} satisfies Shape<ToolLimits>);

/** The section `tools` of a config. */
export const tools = z.strictObject({
  include: z.array(text).optional(),
  exclude: z.array(text).optional(),
  rename: z.record(z.string(), toolName).superRefine(noTwoAlike).optional(),
  prefix: toolPrefix.optional(),
  describe: z.record(z.string(), text).optional(),
  args: z.record(z.string(), toolArguments).optional(),
  annotations: z.record(z.string(), annotations).optional(),
  readOnly: flag.optional(),
  portable: flag.optional(),
  confirm: z.array(toolOrRisk).optional(),
  confirmFallback: oneOf("deny", "allow").optional(),
  limits: limits.optional(),
  map: z.array(mapper).optional(),
  local: z.array(localTool).optional(),
} satisfies Shape<H2mConfig["tools"]>);

function noTwoAlike(names: Record<string, string>, context: z.RefinementCtx): void {
  const taken = new Map<string, string>();
  for (const [from, to] of Object.entries(names)) {
    const other = taken.get(to);
    taken.set(to, from);
    if (other === undefined) continue;
    const message = `gives two tools the name \`${to}\`: \`${other}\` and \`${from}\``;
    context.addIssue({ code: "custom", message });
  }
}

/** An argument that is pinned needs no default, and one with a default is not hidden. */
function eachOnce(given: ToolArguments, context: z.RefinementCtx): void {
  const places = {
    pin: Object.keys(given.pin ?? {}),
    hide: [...new Set(given.hide)],
    default: Object.keys(given.default ?? {}),
  };
  const taken = new Map<string, string>();
  for (const [key, names] of Object.entries(places)) {
    for (const name of names) {
      const other = taken.get(name);
      taken.set(name, key);
      if (other === undefined) continue;
      const message = `names \`${name}\` in \`${other}\` and in \`${key}\`: one of them is enough`;
      context.addIssue({ code: "custom", message });
    }
  }
}
