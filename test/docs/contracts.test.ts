import { describe, expect, it } from "vitest";
import * as plugin from "../../src/plugin.ts";
import { interfacesOf } from "../helpers/interfaces.ts";
import { codeSpans, readPage, rowsOf } from "../helpers/markdown.ts";

const PAGE = "docs/3.plugins/3.contracts.md";
/** The configuration page has them, and a test of its own. */
const CONFIG = new Set([...interfacesOf("config.ts").keys(), "HarnessOptions"]);
/** What the library gives to programs, which is no contract for plugins. */
const LIBRARY = new Set(interfacesOf("h2m.ts").keys());
/** Nobody but the compiler meets it. */
const INNER = ["NoFunction"];

const rows = rowsOf(readPage(PAGE));
const inTables = rows.filter(({ heading }) => heading.startsWith("`"));
const contracts = [...interfacesOf()].filter(
  ([name]) => !CONFIG.has(name) && !LIBRARY.has(name) && !INNER.includes(name),
);

describe("the page of contracts", () => {
  it("has one table for each contract", () => {
    const headings = new Set(inTables.flatMap(({ heading }) => codeSpans(heading)));

    expect([...headings].toSorted()).toEqual(contracts.map(([name]) => name).toSorted());
    expect(contracts.length).toBeGreaterThan(30);
  });

  it.each(contracts)(
    "names every member of %s with its parameters, and no other",
    (name, members) => {
      const own = rows.filter(({ heading }) => codeSpans(heading).includes(name));
      const named = own.flatMap(({ cells: [first = ""] }) => codeSpans(first));
      const wanted = members.map(({ spelled }) => spelled);

      // Contracts that share a table have members of their own there.
      const shared = own.some(({ heading }) => codeSpans(heading).length > 1);
      if (shared) expect(named).toEqual(expect.arrayContaining(wanted));
      else expect(named.toSorted()).toEqual(wanted.toSorted());
    },
  );

  it("names every helper, and no other", () => {
    const named = rows
      .filter(({ heading }) => heading === "Helpers")
      .flatMap(({ cells: [first = ""] }) => codeSpans(first))
      .map((span) => span.replace(/\(.*$/, ""));

    expect(named.toSorted()).toEqual(Object.keys(plugin).toSorted());
  });

  it("names what each hook tells", () => {
    const events = interfacesOf("hooks.ts").get("HookEvents") ?? [];
    for (const { name, payload } of events) {
      const row = rows.find(({ cells: [first = ""] }) => first === `\`${name}\``);
      const [, , told = ""] = row?.cells ?? [];

      expect(payload.filter((key) => !codeSpans(told).includes(key))).toEqual([]);
      expect(payload.length).toBeGreaterThan(0);
    }
  });
});
