import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { documentOf } from "../../../plugins/rest/openapi.ts";
import { placedAt } from "../../../plugins/rest/schema.ts";
import type { Tool } from "../../../src/plugin.ts";
import { serve, serveFake, TOKEN } from "../../helpers/server.ts";
import { fakePlugin } from "../../../src/testing.ts";
import { TOOLS } from "../../helpers/shown.ts";

const options = { harness: undefined, version: "1.2.3" };
const tool = (name: string, schema: object = {}, more: object = {}): Tool => ({
  name,
  inputSchema: { type: "object", ...schema } as Tool["inputSchema"],
  ...more,
});
const valid = async (document: object) => {
  const { valid: is, errors } = await new Validator().validate(
    structuredClone(document) as Record<string, unknown>,
  );
  return { is, errors };
};
type Document = {
  paths: Record<string, { post: any }>;
  components: { schemas: Record<string, any> };
};

/** What a schema says once nothing in it points anywhere; what points to itself is not followed for ever. */
function resolved(at: unknown, root: unknown, seen: readonly string[] = []): unknown {
  if (Array.isArray(at)) return at.map((each) => resolved(each, root, seen));
  if (typeof at !== "object" || at === null) return at;
  const { $ref, ...rest } = at as { $ref?: string };
  const own = Object.fromEntries(
    Object.entries(rest).map(([key, value]) => [key, resolved(value, root, seen)]),
  );
  if (typeof $ref !== "string") return own;
  if (seen.includes($ref)) return { ...own, again: true };
  const target = $ref
    .slice(1)
    .split("/")
    .slice(1)
    .reduce<unknown>(
      (found, part) =>
        (found as Record<string, unknown>)?.[part.replaceAll("~1", "/").replaceAll("~0", "~")],
      root,
    );
  if (target === undefined) throw new Error(`${$ref} leads nowhere`);
  return { ...own, ...(resolved(target, root, [...seen, $ref]) as object) };
}

/** Without what is not a part of the schema's meaning. */
const bare = (schema: object) => {
  const { $schema: _, $id: __, ...rest } = resolved(schema, schema) as Record<string, unknown>;
  return rest;
};

const NAMES = [
  "plain",
  "a/b",
  "a.b",
  "a b",
  "ä~ü",
  "%41",
  "{x}",
  "__proto__",
  "constructor",
  "Result",
  "x".repeat(200),
];

const SCHEMAS: Record<string, object> = {
  plain: { properties: { a: { type: "number" } }, required: ["a"] },
  "of parts": { properties: { a: { $ref: "#/$defs/n" } }, $defs: { n: { type: "number" } } },
  "of old parts": {
    $schema: "http://json-schema.org/draft-07/schema#",
    properties: { a: { $ref: "#/definitions/n~1m" } },
    definitions: { "n/m": { type: "number" } },
  },
  "that points to itself": { properties: { a: { type: "number" }, more: { $ref: "#" } } },
  "whose parts point to one another": {
    properties: { a: { $ref: "#/$defs/list" } },
    $defs: {
      list: { anyOf: [{ type: "number" }, { type: "array", items: { $ref: "#/$defs/list" } }] },
    },
  },
  "with an id": {
    $id: "https://x.example/s",
    properties: { a: { $ref: "https://x.example/s#/$defs/n" } },
    $defs: { n: { type: "number" } },
  },
  "with an anchor": {
    properties: { a: { $ref: "#num" } },
    $defs: { n: { $anchor: "num", type: "number" } },
  },
  "with data that looks like a reference": {
    properties: {
      a: { const: { $ref: "#/nowhere" } },
      b: { default: { $ref: "#/x" }, enum: [{ $ref: "#/y" }] },
    },
  },
};

describe("the document", () => {
  it("is one of OpenAPI 3.1, of the real list of a server", async () => {
    const h2m = await serveFake();
    const response = await fetch(h2m.mcpUrl.replace(/\/mcp$/, "/openapi.json"), {
      headers: { authorization: `Bearer ${TOKEN}` },
    });
    const document = (await response.json()) as Document & { openapi: string };
    const tools = await h2m.sessions.open({ name: "default" }).tools();

    expect(await valid(document)).toEqual({ is: true, errors: undefined });
    expect(document.openapi).toBe("3.1.0");
    for (const { name, inputSchema } of tools) {
      const operation = document.paths[`/tools/${name}`]?.post;
      const { schema } = operation.requestBody.content["application/json"];
      expect(resolved(schema, document)).toEqual(bare(inputSchema));
    }
  });

  it("is of one of several harnesses where the URL says so", async () => {
    const plugins = [fakePlugin({ name: "uno" }), fakePlugin({ name: "duo" })];
    const h2m = await serve({ harnesses: ["uno", "duo"], plugins });
    const of = async (query: string) => {
      const response = await fetch(h2m.mcpUrl.replace(/\/mcp$/, `/openapi.json${query}`), {
        headers: { authorization: `Bearer ${TOKEN}` },
      });
      return Object.keys(((await response.json()) as Document).paths);
    };

    expect(await of("?harness=duo")).toContain("/tools/duo/echo");
    expect(await of("")).toEqual(expect.arrayContaining(["/tools/uno_echo", "/tools/duo_echo"]));
  });

  it("holds every name, each operation under an id of its own", async () => {
    const document = documentOf(
      [...NAMES, ...TOOLS.map(({ name }) => name)].map((name) => tool(name)),
      options,
    ) as unknown as Document;

    expect(await valid(document)).toEqual({ is: true, errors: undefined });
    const ids = Object.values(document.paths).map(({ post }) => post.operationId as string);
    expect(new Set(ids).size).toBe(NAMES.length + TOOLS.length);
    for (const name of NAMES)
      expect(Object.keys(document.paths)).toContain(`/tools/${encodeURIComponent(name)}`);
  });

  it.each(Object.entries(SCHEMAS))(
    "holds a schema %s, with the same meaning",
    async (kind, schema) => {
      const wanted = tool("one", schema, { outputSchema: { type: "object", ...schema } });
      const document = documentOf([tool("other", schema), wanted], options) as unknown as Document;

      // The validator (2.11) follows what is data, too.
      if (!kind.includes("data"))
        expect(await valid(document)).toEqual({ is: true, errors: undefined });
      const ajv = new Ajv2020({ strict: false, validateFormats: false });
      ajv.addSchema(document, "doc:");
      const placed = ajv.compile({ $ref: "doc:#/components/schemas/one.input" });
      const { $schema: __, ...own } = wanted.inputSchema as Record<string, unknown>;
      const plain = new Ajv2020({ strict: false }).compile(own);
      for (const args of [
        {},
        { a: 1 },
        { a: "x" },
        { a: [[1]] },
        { a: [["x"]] },
        { more: { a: "x" } },
        { a: { $ref: "#/nowhere" } },
      ])
        expect(placed(args)).toBe(plain(args));
    },
  );

  it("leaves a part with an id of its own as it is", () => {
    const part = {
      $id: "https://y.example/",
      properties: { a: { $ref: "#/$defs/x" } },
      $defs: { x: {} },
    };

    expect(placedAt({ properties: { p: part } }, "#/components/schemas/one")).toEqual({
      properties: { p: part },
    });
  });
});
