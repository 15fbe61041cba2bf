import { describe, expect, it } from "vitest";
import { z } from "zod";
import { listOf } from "../../src/kit/list-of.ts";

const list = z.looseObject({ tools: listOf(z.looseObject({ name: z.string() })) });

describe("listOf", () => {
  it("reads what is right, with all that is in it", () => {
    const value = { tools: [{ name: "a", more: 1 }, { name: "b" }], else: 2 };
    expect(list.parse(value)).toEqual(value);
  });

  it("tells of the first wrong item alone, and where it stands", () => {
    const tools = [{ name: "a" }, { name: 5 }, ...Array.from({ length: 100_000 }, () => 1)];
    const { error } = list.safeParse({ tools });
    expect(error?.issues.map(({ path }) => path)).toEqual([["tools", 1, "name"]]);
    expect(z.prettifyError(error!)).toBe(
      "✖ Invalid input: expected string, received number\n  → at tools[1].name",
    );
  });

  it("is one of the forms of a union", () => {
    const content = z.union([z.string(), listOf(z.number())]);
    expect([content.parse("x"), content.parse([1])]).toEqual(["x", [1]]);
    expect(content.safeParse(Array.from({ length: 100_000 }, () => "x")).success).toBe(false);
  });
});
