import { Ajv2020 } from "ajv/dist/2020.js";
import { afterEach, expect, it, vi } from "vitest";
import { ArgumentCheck } from "../../src/core/arguments/arguments.ts";

afterEach(() => vi.restoreAllMocks());

/** Of one tool, as each session reads it from its own harness. */
const tool = (description: string) => ({
  name: "shared",
  inputSchema: {
    type: "object" as const,
    properties: { text: { type: "string", description } },
    required: ["text"],
  },
});
const WRONG = "Wrong arguments for `shared`: `text` is missing. The tool was not called.";

it("a schema is compiled once for all sessions, and another one for itself", async () => {
  const compile = vi.spyOn(Ajv2020.prototype, "compile");

  for (let session = 0; session < 5; session++)
    expect(await new ArgumentCheck(() => {}).problem(tool("one"), {})).toBe(WRONG);
  expect(compile).toHaveBeenCalledTimes(1);

  expect(await new ArgumentCheck(() => {}).problem(tool("two"), {})).toBe(WRONG);
  expect(compile).toHaveBeenCalledTimes(2);
});

it("one that a mapper made, and JSON cannot say, is told, and its tool called", async () => {
  const told: string[] = [];
  const odd = tool("odd");
  const inputSchema = { ...odd.inputSchema, "x-size": 1n };
  const check = new ArgumentCheck((name) => void told.push(name));

  expect(await check.problem({ ...odd, inputSchema }, {})).toBeUndefined();
  expect(told).toEqual(["shared"]);
});
