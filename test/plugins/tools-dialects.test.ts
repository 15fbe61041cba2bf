import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { portableSchema } from "../../plugins/tools/portable-schema.ts";
import type { Tool } from "../../src/index.ts";

type Schema = Tool["inputSchema"];

const object = (a: object, more: object = {}) =>
  ({ type: "object", properties: { a }, ...more }) as Schema;
const old = (draft: string) => ({ $schema: `http://json-schema.org/${draft}/schema#` });

/** As a client checks: no `$schema`, so 2020-12. */
function checked(schema: Schema): (value: object) => boolean {
  const shown = portableSchema(schema);
  expect(shown).not.toHaveProperty("$schema");
  const validate = new Ajv2020({ strict: false }).compile(shown);
  return (value) => validate(value);
}

describe("a schema of an older draft is shown as one of 2020-12", () => {
  it.each<[string, Schema, object[], object[]]>([
    [
      "draft-04's limits",
      object({ type: "number", minimum: 1, exclusiveMinimum: true, maximum: 5 }, old("draft-04")),
      [{ a: 1.5 }, { a: 5 }],
      [{ a: 1 }, { a: 6 }],
    ],
    [
      "limits that are not exclusive",
      object({ maximum: 5, exclusiveMaximum: false }),
      [{ a: 5 }],
      [{ a: 6 }],
    ],
    ["an exclusive limit of nothing", object({ exclusiveMinimum: true }), [{ a: 0 }], []],
    [
      "a tuple",
      object({ type: "array", items: [{ type: "string" }, { type: "number" }] }, old("draft-07")),
      [{ a: ["x", 1, "more"] }, { a: [] }],
      [{ a: [1] }, { a: ["x", "y"] }],
    ],
    [
      "a tuple and no more",
      object({ items: [{ type: "string" }], additionalItems: false }),
      [{ a: ["x"] }],
      [{ a: ["x", 1] }],
    ],
    [
      "a tuple inside a definition",
      object({ $ref: "#/definitions/pair" }, { definitions: { pair: { items: [{ const: 1 }] } } }),
      [{ a: [1] }],
      [{ a: [2] }],
    ],
    [
      "what depends on what",
      object({}, { dependencies: { a: ["b"], c: { required: ["d"] }, e: "f" } }),
      [{ a: 1, b: 1 }, { c: 1, d: 1 }, {}],
      [{ a: 1 }, { c: 1 }, { e: 1 }],
    ],
    [
      "ids",
      object({ id: "#inner", type: "string" }, { id: "http://x/y#" }),
      [{ a: "x" }],
      [{ a: 1 }],
    ],
    [
      "a property called id",
      object({ properties: { id: { type: "string" } } }),
      [],
      [{ a: { id: 1 } }],
    ],
    [
      "a reference to nothing",
      object({ $ref: "#/definitions/none", type: "string" }),
      [{ a: "x" }],
      [{ a: 1 }],
    ],
    ["a reference elsewhere", object({ $ref: "http://x/y.json" }), [{ a: 1 }], []],
    ["a pattern that Unicode refuses", object({ pattern: "^[\\w\\-]+\\_$" }), [{ a: "x" }], []],
    [
      "a name's pattern that Unicode refuses",
      object({
        patternProperties: { "^\\-": {}, "^y": { type: "string" } },
        additionalProperties: false,
      }),
      [{ a: { "-x": 1 } }],
      [{ a: { y: 1 } }],
    ],
    ["draft-03's words", object({ type: "any", required: true }), [{ a: 1 }, {}], []],
  ])("%s", (_, schema, fit, unfit) => {
    const fits = checked(schema);

    expect(fit.filter((value) => !fits(value))).toEqual([]);
    expect(unfit.filter(fits)).toEqual([]);
  });

  it("and one of 2020-12 stays the very same object", () => {
    const schema = object(
      {
        $ref: "#/$defs/b",
        exclusiveMinimum: 1,
        prefixItems: [{ type: "string" }],
        items: { type: ["string", "null"] },
        dependentRequired: { x: ["y"] },
        pattern: "^\\p{L}+$",
      },
      { $defs: { b: { $anchor: "here" }, c: { $ref: "#here" } } },
    );

    expect(portableSchema(schema)).toBe(schema);
  });
});
