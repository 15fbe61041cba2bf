import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
// @ts-expect-error: a script of this repository, in plain JavaScript
import { counted, fewer } from "../../scripts/one-definition.mjs";

const tools = counted() as { name: string; one: number; byHand: number }[];

it("the page of one definition for every way in tells how many lines each form takes", () => {
  const page = readFileSync(
    new URL("../../docs/3.plugins/6.one-definition.md", import.meta.url),
    "utf8",
  );
  const told = [...page.matchAll(/^\| `(\w+)` +\| (\d+) +\| (\d+) +\|$/gm)].map(
    ([, name, one, byHand]) => ({
      name,
      one: Number(one),
      byHand: Number(byHand),
    }),
  );

  expect(told).toEqual(tools);
  expect(page).toContain(`all: ${fewer(tools)} % fewer`);
});

it("a tool takes at most a quarter of the lines that it takes by hand", () => {
  expect(tools).toHaveLength(6);
  expect(fewer(tools)).toBeGreaterThanOrEqual(74);
});
