import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { portableSchema } from "../../plugins/tools/portable-schema.ts";
import { reducedSchema } from "../../plugins/tools/reduced-schema.ts";
import { isPortableName, portableNames, type Tool } from "../../src/plugin.ts";
import { Random } from "../fuzz/random.ts";
import { seen, tool } from "../helpers/toolset.ts";

type Schema = Tool["inputSchema"];
const LONG = "list_the_open_requests_of_all_repositories_of_an_organization";

describe("portable names", () => {
  it.each([
    ["a name that is one already", ["read_file", "Read-2"], ["read_file", "Read-2"]],
    ["signs that are none", ["repo.read/file"], ["repo_read_file"]],
    ["a name that is too long", [LONG], ["list_the_open_requests_of_all_rep_dc9ed1"]],
    ["a name without a letter", ["工具"], ["tool_9bb0d6"]],
    ["a name that another has", ["a.b", "a_b"], ["a_b_2f9a15", "a_b"]],
  ])("keep or change %s", (_, names, shown) => {
    const found = names.map((name) => portableNames(names).get(name) ?? "");

    expect(found.map((name) => name.replace(/_[0-9a-f]{6}$/, "_######"))).toEqual(
      shown.map((name) => name.replace(/_[0-9a-f]{6}$/, "_######")),
    );
    expect(found.every(isPortableName)).toBe(true);
  });

  it("are unique and the same in every order, and leave room for the names of servers", () => {
    for (let seed = 0; seed < 300; seed++) {
      const random = Random.of(seed, "names", 0);
      const names = Array.from({ length: 12 }, () => nameOf(random));

      const found = portableNames(names);

      const unlike = new Set(names);
      expect(new Set(found.values()).size).toBe(unlike.size);
      expect([...found.keys()].toSorted()).toEqual([...unlike].toSorted());
      for (const [name, shown] of found) {
        expect(`mcp__harness-to-mcp_17__${shown}`).toMatch(/^[\w-]{1,64}$/);
        if (isPortableName(name)) expect(shown).toBe(name);
      }
      expect([...portableNames(names.toReversed())].toSorted()).toEqual([...found].toSorted());
    }
  });

  it.each(["c_", "opencode_", `${"h".repeat(32)}_`])(
    "count what stands before them: %s",
    (before) => {
      for (let seed = 0; seed < 100; seed++) {
        const random = Random.of(seed, "names", 1);
        const names = Array.from({ length: 12 }, () => nameOf(random));

        const shown = [...portableNames(names, before)].map(([name, found]) => [
          name,
          before + found,
        ]);

        expect(new Set(shown.map(([, name]) => name)).size).toBe(new Set(names).size);
        for (const [name = "", whole = ""] of shown) {
          expect(`mcp__harness-to-mcp_17__${whole}`, `seed ${seed}`).toMatch(/^[\w-]{1,64}$/);
          if (isPortableName(before + name)) expect(whole).toBe(before + name);
        }
      }
    },
  );

  it("are what is called", async () => {
    const tools = seen({}, [tool(LONG), tool("a.b"), tool("a_b")]);
    const [long, dotted, plain] = tools.names();

    expect((await tools.call(long!)).sent[0]?.name).toBe(LONG);
    expect((await tools.call(dotted!)).sent[0]?.name).toBe("a.b");
    expect((await tools.call(plain!)).sent[0]?.name).toBe("a_b");
    expect((await tools.call("a.b")).error).toMatchObject({ code: "unknown-tool" });
  });

  it("are made of the new name and the prefix", async () => {
    const tools = seen({ rename: { Bash: "my.shell" }, prefix: "a.b." }, [tool("Bash")]);

    expect(tools.names()).toEqual(["a_b_my_shell"]);
    expect((await tools.call("a_b_my_shell")).sent[0]?.name).toBe("Bash");
  });

  it("are not made if the config says so", () => {
    expect(seen({ portable: false, rename: { Bash: "my.sh" } }, [tool("Bash")]).names()).toEqual([
      "my.sh",
    ]);
  });
});

const text = { type: "string" };
const number = { type: "number" };
const schemas: [what: string, given: object, shown: object][] = [
  ["no argument", {}, { properties: {} }],
  [
    "a dialect",
    { $schema: "https://x/draft", $id: "https://x/1", properties: {} },
    { properties: {} },
  ],
  [
    "alternatives of what is required",
    { properties: { a: text, b: text }, anyOf: [{ required: ["a"] }, { required: ["b"] }] },
    { properties: { a: text, b: text } },
  ],
  [
    "alternatives of whole objects",
    {
      oneOf: [
        {
          properties: { kind: { const: "a" }, x: text },
          required: ["kind"],
          additionalProperties: false,
        },
        { properties: { kind: { const: "b" } }, required: ["kind"], additionalProperties: false },
        { type: "null" },
      ],
    },
    {
      properties: { kind: { anyOf: [{ const: "a" }, { const: "b" }] }, x: text },
      required: ["kind"],
      additionalProperties: false,
    },
  ],
  [
    "parts that hold together",
    {
      properties: { a: text },
      required: ["a"],
      allOf: [{ properties: { b: number }, required: ["b"] }, { $ref: "#/$defs/more" }],
      $defs: { more: { properties: { c: text } } },
    },
    {
      properties: { a: text, b: number, c: text },
      required: ["a", "b"],
      $defs: { more: { properties: { c: text } } },
    },
  ],
  [
    "a reference at the top, and one into what is gone by that",
    {
      $ref: "#/$defs/whole",
      $defs: { whole: { properties: { a: text } } },
      anyOf: [{ properties: { b: { $ref: "#/anyOf/0/properties/c" }, c: number } }],
    },
    {
      $defs: { whole: { properties: { a: text } } },
      properties: { a: text, b: number, c: number },
    },
  ],
  [
    "a reference to itself",
    { $ref: "#/$defs/a", $defs: { a: { $ref: "#/$defs/a" } } },
    { $defs: { a: { $ref: "#/$defs/a" } }, properties: {} },
  ],
  [
    "words inside that some refuse",
    {
      properties: {
        any: true,
        none: false,
        list: { type: "array" },
        open: { additionalProperties: true },
        free: { additionalProperties: {} },
      },
    },
    {
      properties: {
        any: {},
        none: { not: {} },
        list: { type: "array", items: {} },
        open: { additionalProperties: true },
        free: { additionalProperties: true },
      },
    },
  ],
  [
    "what only looks like a schema",
    { properties: { a: { default: { type: "array" }, enum: [true, { anyOf: [] }] } } },
    { properties: { a: { default: { type: "array" }, enum: [true, { anyOf: [] }] } } },
  ],
];

describe("portable schemas", () => {
  it.each(schemas)("of %s", (_, given, shown) => {
    const schema = { type: "object", ...given } as Schema;

    expect(portableSchema(schema)).toEqual({ type: "object", ...shown });
  });

  it("come to an end where parts refer to themselves again and again", () => {
    const itself = Array.from({ length: 9 }, () => ({ $ref: "#/$defs/a" }));
    const lost = { $ref: "#/anyOf/0/properties/a" };
    const again = { type: "object", properties: { a: { anyOf: [lost, lost, lost] } } };

    for (const schema of [
      { type: "object", allOf: itself, $defs: { a: { allOf: itself } } },
      { type: "object", anyOf: [again] },
    ])
      expect(portableSchema(schema as unknown as Schema)).toMatchObject({ type: "object" });
  });

  it("are the very same where they are portable already", () => {
    const { inputSchema } = tool("Bash", { a: { anyOf: [text, number] } }, { required: ["a"] });

    expect(portableSchema(inputSchema)).toBe(inputSchema);
  });

  it("are shown, while the original checks the arguments", async () => {
    const either = { anyOf: [{ required: ["a"] }, { required: ["b"] }] };
    const tools = seen({}, [tool("Go", { a: text, b: text }, either)]);

    expect(tools.schema("Go")).not.toHaveProperty("anyOf");
    expect((await tools.call("Go", {})).text).toContain("`a` is missing");
    expect((await tools.call("Go", { b: "x" })).sent).toHaveLength(1);
    expect(seen({ portable: false }, [tool("Go", {}, either)]).schema("Go")).toMatchObject(either);
  });

  it("take every argument that the original takes", () => {
    const took = compare((random) => {
      const given = schemaOf(random);
      const values = Array.from({ length: 8 }, () => valueOf(random));
      return { given, shown: portableSchema(given), pairs: values.map((each) => [each, each]) };
    });
    expect(took).toBeGreaterThan(100);
  });
});

describe("schemas without pinned and hidden arguments", () => {
  it.each<[what: string, given: object, shown: object]>([
    [
      "conditions that name them",
      {
        properties: { a: text, b: text, c: text, d: text },
        required: ["a", "c"],
        dependentRequired: { a: ["b"], b: ["c"], d: ["c"] },
        if: { properties: { b: { const: "x" } } },
        // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
        then: { required: ["d"] },
        minProperties: 3,
      },
      {
        properties: { c: text, d: { ...text, default: "e" } },
        required: ["c"],
      },
    ],
    [
      "definitions that nobody else needs",
      {
        properties: { a: { $ref: "#/$defs/a" }, c: { $ref: "#/$defs/c" } },
        $defs: {
          a: { items: { $ref: "#/$defs/deep" } },
          deep: text,
          c: { $ref: "#/$defs/e" },
          e: text,
        },
      },
      {
        properties: { c: { $ref: "#/$defs/c" } },
        $defs: { c: { $ref: "#/$defs/e" }, e: text },
      },
    ],
    [
      "what others refer to",
      { properties: { a: number, c: { items: { $ref: "#/properties/a" } } } },
      { properties: { c: { items: number } } },
    ],
    [
      "alternatives that name them",
      { properties: { a: text, c: text }, anyOf: [{ required: ["a"] }, { required: ["c"] }] },
      { properties: { c: text } },
    ],
  ])("have none of %s", (_, given, shown) => {
    const schema = { type: "object", ...given } as Schema;

    const reduced = reducedSchema(schema, { pin: { a: "1" }, hide: ["b"], default: { d: "e" } });

    expect(reduced).toEqual({ type: "object", ...shown });
  });

  it("take what, with the pinned ones, the original takes, and name none of them", () => {
    const took = compare((random) => {
      const given = schemaOf(random);
      const own = { pin: { a: random.pick([1, "x"]) }, hide: ["b"], default: { d: 1 } };
      const shown = reducedSchema(given, own);
      for (const name of ["a", "b"]) {
        expect(Object.keys(shown.properties ?? {})).not.toContain(name);
        expect(shown.required ?? []).not.toContain(name);
      }
      const pairs = Array.from({ length: 8 }, () => {
        const { a: _, b: __, ...args } = valueOf(random);
        return [{ ...own.default, ...args, ...own.pin }, args] as const;
      });
      return { given, shown, pairs };
    });
    expect(took).toBeGreaterThan(100);
  });
});

interface Pairs {
  readonly given: Schema;
  readonly shown: Schema;
  /** What the one gets, and what the other. */
  readonly pairs: readonly (readonly [object, object])[];
}

/** What the one schema takes the other must take: tells how many values came to that. */
function compare(make: (random: Random) => Pairs): number {
  const ajv = new Ajv2020({ strict: false, logger: false, validateSchema: false });
  let took = 0;
  for (let seed = 0; seed < 150; seed++) {
    const { given, shown, pairs } = make(Random.of(seed, "schemas", 0));
    for (const key of ["allOf", "anyOf", "oneOf", "$ref"]) expect(shown).not.toHaveProperty(key);
    const takes = ajv.compile(given);
    const passes = ajv.compile(shown);
    for (const [value, own] of pairs) {
      if (!takes(value)) continue;
      took++;
      const told = JSON.stringify({ seed, given, value, shown, own });
      expect(passes(own), `${told} ${ajv.errorsText(passes.errors)}`).toBe(true);
    }
  }
  return took;
}

const ARGUMENTS = ["a", "b", "c", "d"];

/** A schema of up to four arguments, with alternatives and conditions. */
function schemaOf(random: Random): Schema {
  const some = () => ARGUMENTS.filter(() => random.chance(0.4));
  const types = [
    { type: "number" },
    { type: "string" },
    { enum: [1, "x"] },
    { $ref: "#/$defs/one" },
  ];
  // Alternatives that leave an argument open are told apart by nobody: each says what all four are.
  const all = Object.fromEntries(ARGUMENTS.map((name) => [name, random.pick(types)]));
  const properties = random.chance(0.8) ? all : {};
  const object = () => ({
    properties,
    ...(random.chance(0.5) ? { required: some() } : {}),
    ...(random.chance(0.2) ? { type: "object" } : {}),
  });
  const branches = () => Array.from({ length: 1 + random.below(3) }, object);
  const maybe = (key: string, make: () => unknown) => (random.chance(0.3) ? { [key]: make() } : {});
  const part = () => ({
    ...object(),
    ...maybe("allOf", branches),
    ...maybe("anyOf", branches),
    ...maybe("oneOf", branches),
    ...maybe("dependentRequired", () => ({ [random.pick(ARGUMENTS)]: some() })),
    ...maybe("not", () => ({ required: [random.pick(ARGUMENTS), "e"] })),
    ...maybe("minProperties", () => 1),
    ...(random.chance(0.3) ? { if: { required: some() }, else: { required: some() } } : {}),
  });
  return {
    ...part(),
    type: "object",
    ...maybe("additionalProperties", () => false),
    $defs: { one: { const: 1 }, whole: object() },
    ...(random.chance(0.2) ? { $ref: "#/$defs/whole" } : {}),
  } as unknown as Schema;
}

function valueOf(random: Random): Record<string, unknown> {
  const given = [...ARGUMENTS, "e"].filter(() => random.chance(0.5));
  return Object.fromEntries(given.map((name) => [name, random.pick([1, 1, "x", true])]));
}

function nameOf(random: Random): string {
  const signs = random.pick(["ab", "ab_", "ab._", "a.é/ ", "."]);
  const length = random.pick([1, 2, 3, 39, 40, 41, 80]);
  return Array.from({ length }, () => random.pick([...signs])).join("");
}
