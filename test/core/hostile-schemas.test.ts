import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { ArgumentQueue } from "../../src/core/arguments/argument-queue.ts";
import { ArgumentCheck } from "../../src/core/arguments/arguments.ts";
import type { Tool } from "../../src/index.ts";
import { allTools } from "../../src/testing.ts";
import { attached, told } from "../helpers/attached.ts";
import { textIn } from "../helpers/clients.ts";
import { connected, serve } from "../helpers/server.ts";
import { failure, unhandled, until } from "../helpers/until.ts";
import { longestStop, worked } from "../helpers/work.ts";

const A40 = `${"a".repeat(40)}!`;
const object = (properties: object, more: object = {}) =>
  ({ type: "object", properties, ...more }) as Tool["inputSchema"];
/** Each definition refers twice to the next one. */
const doubling = (count: number, last: object) =>
  Object.fromEntries(
    Array.from({ length: count }, (_, index) => {
      const next = index === count - 1 ? last : { $ref: `#/$defs/d${index + 1}` };
      return [`d${index}`, { type: "object", properties: { a: next, b: next } }];
    }),
  );
const nested = (depth: number) => {
  let value: object = {};
  for (let level = 0; level < depth; level++) value = { a: value };
  return value;
};
const branches = (count: number, branch: (index: number) => object) =>
  Array.from({ length: count }, (_, index) => branch(index));

type Case = [string, Tool["inputSchema"], Record<string, unknown>];
const HOSTILE: Case[] = [
  ["a pattern", object({ a: { type: "string", pattern: "^(a+)+$" } }), { a: A40 }],
  ["a pattern of names", object({}, { patternProperties: { "^(a+)+$": {} } }), { [A40]: 1 }],
  ["names with a pattern", object({}, { propertyNames: { pattern: "^(a+)+$" } }), { [A40]: 1 }],
  [
    "references that double",
    object({ a: { $ref: "#/$defs/d0" } }, { $defs: doubling(26, { type: "string" }) }),
    { a: {} },
  ],
  [
    "references whose spelling names a cheap part, and decoded another one",
    object(
      { a: { $ref: "#/$defs/d%30" } },
      {
        $defs: Object.assign(
          {},
          ...branches(10, (index) => ({
            [`d%3${index}`]: {},
            [`d${index}`]:
              index === 9
                ? { type: "string" }
                : { anyOf: branches(8, () => ({ $ref: `#/$defs/d%3${index + 1}` })) },
          })),
        ),
      },
    ),
    { a: {} },
  ],
  [
    "a long name that is counted again and again",
    object({}, { propertyNames: { allOf: branches(300, () => ({ minLength: 1 })) } }),
    { ["k".repeat(4_000_000)]: 1 },
  ],
  [
    "references in a circle",
    object(
      { a: { $ref: "#/$defs/two" } },
      {
        $defs: {
          two: { properties: { a: { anyOf: [{ $ref: "#/$defs/two" }, { $ref: "#/$defs/two" }] } } },
        },
        required: ["b"],
      },
    ),
    { a: nested(100), b: 1, c: 1 },
  ],
  [
    "a circle written otherwise",
    object(
      { a: { $ref: "#/%24defs/two" } },
      {
        $defs: {
          two: {
            required: ["x"],
            properties: { a: { anyOf: [{ $ref: "#/%24defs/two" }, { $ref: "#/%24defs/two" }] } },
          },
        },
      },
    ),
    { a: nested(100) },
  ],
  [
    "references to the whole",
    object(
      { a: { anyOf: [{ $ref: "#" }, { $ref: "#" }, { $dynamicRef: "#" }] } },
      {
        required: ["x"],
      },
    ),
    { ...nested(100), x: 1 },
  ],
  ["a reference to itself", object({}, { anyOf: [{ $ref: "#" }] }), {}],
  [
    "unique objects",
    object({ a: { type: "array", uniqueItems: true } }),
    { a: branches(20_000, (index) => ({ index, of: { many: [index] } })) },
  ],
  [
    "many alternatives for many values",
    object({
      a: { type: "array", items: { anyOf: branches(900, (index) => ({ const: index - 9_999 })) } },
    }),
    { a: branches(50_000, (index) => ({ index })) },
  ],
  [
    "many lengths of a long text",
    object({ a: { anyOf: branches(400, (index) => ({ maxLength: index })) } }),
    { a: "x".repeat(8_000_000) },
  ],
  [
    "an enormous enumeration",
    object({ a: { type: "array", items: { enum: branches(50_000, (index) => ({ index })) } } }),
    { a: branches(1_000, (index) => ({ index, or: index })) },
  ],
  [
    "an enormous schema",
    object(
      Object.fromEntries(branches(20_000, (index) => [`p${index}`, { minLength: 1 }]) as never),
    ),
    { p1: "" },
  ],
  ["a schema that is too deep", object({ a: nested(50_000) as never }), { a: {} }],
];

/** A check has less than its two seconds: those are waited for by the last test. */
const QUICK = new ArgumentQueue({ deadline: 800 });

describe("a hostile schema", () => {
  it.each(HOSTILE)(
    "with %s stops nothing, and its tool is called",
    async (_, inputSchema, args) => {
      const bad: string[] = [];
      const hear = (_: string, error: unknown) => void bad.push((error as Error).message);
      const check = new ArgumentCheck(hear, QUICK);
      const tool = { name: "hostile", inputSchema };

      const stop = await longestStop(() => check.problem(tool, args));
      const again = worked();
      await check.problem(tool, args);

      // What the process did beside it was stopped for a moment at most; a check has its deadline, and one chance.
      expect(stop).toBeLessThan(1_000);
      expect(bad.length).toBeLessThan(2);
      if (bad.length > 0) expect(worked() - again).toBeLessThan(200);
      expect(
        await check.problem({ ...tool, inputSchema: object({ a: { type: "string" } }) }, { a: 1 }),
      ).toBe("Wrong arguments for `hostile`: `a` must be string. The tool was not called.");
    },
  );

  it("that wants an answer later is checked like any other", async () => {
    const missed = await unhandled(async () => {
      const check = new ArgumentCheck(() => {});
      const tool = {
        name: "later",
        inputSchema: object({ a: { type: "string" } }, { $async: true }),
      };

      expect(await check.problem(tool, { a: 1 })).toContain("`a` must be string");
    });
    expect(missed).toEqual([]);
  });

  it("does not keep the arguments of others from being checked, nor a cancelled call waiting", async () => {
    const check = new ArgumentCheck(() => {});
    const slow = { name: "slow", inputSchema: object({ a: { pattern: "^(a+)+$" } }) };
    const control = new AbortController();
    const hostile = check.problem(slow, { a: A40 });
    const cancelled = failure(check.problem(slow, { a: A40 }, control.signal));
    const other = { name: "other", inputSchema: object({ a: { pattern: "^b+$" } }) };
    const checked = check.problem(other, { a: "c" });

    control.abort(new Error("cancelled"));

    expect((await cancelled).message).toBe("cancelled");
    expect(await hostile).toBeUndefined();
    expect(await checked).toBe(
      'Wrong arguments for `other`: `a` must match pattern "^b+$". The tool was not called.',
    );
  });

  it("does not keep those of another session from being checked, however many there are", async () => {
    const hostile = new ArgumentCheck(() => {});
    const control = new AbortController();
    for (let count = 0; count < 30; count++) {
      const slow = { name: "slow", inputSchema: object({ a: { pattern: `^(a+)+${count}$` } }) };
      failure(hostile.problem(slow, { a: A40 }, control.signal)).catch(() => {});
    }
    const honest = { name: "honest", inputSchema: object({ a: { pattern: "^b+$" } }) };

    const problem = await new ArgumentCheck(() => {}).problem(honest, { a: "c" });
    control.abort();

    expect(problem).toContain('`a` must match pattern "^b+$"');
  });

  it("switches off no other one's check that did not get its turn in time", async () => {
    const bad: string[] = [];
    const queue = new ArgumentQueue({ deadline: 2_000, patience: 300, haste: 10 });
    const check = new ArgumentCheck((tool) => void bad.push(tool), queue);
    const slow = ["^(a+)+$", "^(a+)+a$"].map((pattern) =>
      check.problem({ name: "slow", inputSchema: object({ a: { pattern } }) }, { a: A40 }),
    );
    const honest = { name: "honest", inputSchema: object({ a: { pattern: "^b+$" } }) };
    await sleep(20);

    const meanwhile = await check.problem(honest, { a: "c" });
    await Promise.all(slow);

    expect(meanwhile).toBe(
      "The arguments for `honest` could not be checked. Its check did not begin within 0.3 s: other work took that long. The tool was not called: try again later.",
    );
    expect(bad).toEqual(["slow", "slow"]);
    expect(await check.problem(honest, { a: "c" })).toContain("must match pattern");
  });

  it.each<[string, object, unknown, string]>([
    ["a pattern", { type: "string", pattern: "^b+$" }, "c", 'must match pattern "^b+$"'],
    [
      "unique items",
      { uniqueItems: true },
      [1, 1],
      "must NOT have duplicate items (items ## 0 and 1 are identical)",
    ],
    ["a format", { type: "string", format: "ipv6" }, "x", 'must match format "ipv6"'],
    ["a plain format", { type: "string", format: "uri" }, "x y", 'must match format "uri"'],
    ["a reference", { $ref: "#/$defs/n" }, "x", "must be number"],
    ["a length", { maxLength: 2 }, "xxx", "must NOT have more than 2 characters"],
  ])("is not any with %s: what is wrong is told", async (_, schema, value, message) => {
    const bad: unknown[] = [];
    const check = new ArgumentCheck((_, error) => void bad.push(error));
    const more = { $defs: { n: { type: "number" } } };

    const faults = await check.faults(
      { name: "x", inputSchema: object({ a: schema }, more) },
      { a: value },
    );

    expect(faults).toEqual([{ path: "/a", text: `\`a\` ${message}` }]);
    expect(bad).toEqual([]);
  });

  it("of a tool is told in the log once, and the tool is called", async () => {
    const h2m = await serve();
    const warnings: string[] = [];
    h2m.on("warning", ({ message }) => void warnings.push(message));
    const schema = {
      type: "object",
      properties: { a: { type: "string", pattern: "^(a+)+$" } },
    };
    const [tool] = allTools();
    const hostile = { ...tool!, name: "hostile", schema };
    const harness = attached(h2m, { tools: [hostile] });
    let reply = await harness.turn();
    const client = await connected(h2m);
    const other = await connected(h2m);

    const call = client.call("hostile", { a: A40 });
    expect(await other.names()).toEqual(["hostile"]);
    for (const expected of ["first", "second"]) {
      const result = expected === "first" ? call : client.call("hostile", { a: A40 });
      const sent = await until("the call", () => reply.calls[0], 10_000);
      reply = await harness.next([told(sent, expected)]);
      expect(textIn(await result)).toBe(expected);
    }

    expect(warnings).toEqual([
      "The schema of `hostile` cannot be checked, so its calls are not: that took longer than 2 s",
    ]);
  });
});
