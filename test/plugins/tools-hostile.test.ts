import { describe, expect, it } from "vitest";
import { seen, type ToolsSection } from "../helpers/toolset.ts";
import type { Tool } from "../../src/index.ts";
import { worked } from "../helpers/work.ts";

const list = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));
const map = (count: number, make: (index: number) => [string, unknown]) =>
  Object.fromEntries(list(count, make));

/** Each definition refers to the next one six times. */
const doubling = (last: object) =>
  map(26, (index) => {
    const next = index === 25 ? last : { $ref: `#/$defs/d${index + 1}` };
    const properties = { a: next, b: next };
    return [`d${index}`, { type: "object", properties, allOf: [next, next], anyOf: [next, next] }];
  });
const many = map(5_000, (index) => [
  `p${index}`,
  { type: "string", description: "told at length" },
]);

const HOSTILE: Record<string, object> = {
  "references that double": { $ref: "#/$defs/d0", $defs: doubling({ type: "string" }) },
  "references that double to much": { $ref: "#/$defs/d0", $defs: doubling({ properties: many }) },
  "much that is referred to from what goes": {
    anyOf: [
      { properties: map(1_000, (index) => [`q${index}`, { $ref: "#/anyOf/1" }]) },
      { properties: many },
    ],
  },
  "many alternatives": {
    anyOf: list(2_000, (index) => ({
      properties: map(20, (place) => [`p${place}`, { const: index * 1_000 + place }]),
    })),
  },
  "one alternative many times": {
    anyOf: list(900, () => ({ $ref: "#/$defs/many" })),
    $defs: { many: { properties: many } },
  },
  "many definitions": {
    properties: map(8_000, (index) => [`p${index}`, { $ref: `#/$defs/d${index}` }]),
    $defs: map(8_000, (index) => [`d${index}`, { type: "string" }]),
  },
  "definitions in a chain": {
    properties: { a: { $ref: "#/$defs/d0" } },
    $defs: map(8_000, (index) => [`d${index}`, { $ref: `#/$defs/d${index + 1}` }]),
  },
  "many requirements": {
    anyOf: list(300, () => ({ required: list(2_000, (index) => `r${index}`) })),
  },
  "any length": {
    properties: map(50_000, (index) => [`p${index}`, { description: "x".repeat(40) }]),
  },
};

const CONFIGS: Record<string, ToolsSection> = {
  portable: { portable: true },
  "without an argument": { portable: false, args: { t: { hide: ["zz"] } } },
};

describe.each(Object.entries(CONFIGS))("a tool that is shown %s", (_, config) => {
  it.each(Object.entries(HOSTILE))("with %s is shown soon", (_, schema) => {
    const inputSchema = { type: "object", ...schema } as Tool["inputSchema"];
    const started = worked();

    const [shown] = seen(config, [{ name: "t", inputSchema }]).shown();

    expect(worked() - started).toBeLessThan(2_000);
    expect(shown?.inputSchema.type).toBe("object");
    expect(JSON.stringify(shown).length).toBeLessThan(10_000_000);
  });
});
