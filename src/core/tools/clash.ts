import { H2mError } from "../../errors.ts";
import type { Tool } from "../../types/mcp.ts";

/** Most tools that the error names, and most among which it looks for them one by one. */
const MOST_TOLD = 5;
const MOST_MISSED = 300;

/** Two of these tools are shown by one name. `shownOf`: what clients would see of some of them. */
export function clashOf(
  inner: readonly Tool[],
  shownOf: (tools: readonly Tool[]) => readonly Tool[],
  name: string,
): H2mError {
  const called = (tools: readonly Tool[]) => shownOf(tools).filter((tool) => tool.name === name);
  const alone = inner.filter((tool) => called([tool]).length > 0);
  // A name may depend on the other tools: who takes part is who is missed. Of very many, that takes too long.
  const missed = () => {
    if (inner.length > MOST_MISSED) return [];
    const all = called(inner).length;
    return inner.filter((tool) => called(inner.filter((other) => other !== tool)).length < all);
  };
  const own = alone.length > 1 ? alone : missed();
  const names = own.slice(0, MOST_TOLD).map((tool) => `\`${tool.name}\``);
  const told = names.length > 0 ? `: ${names.join(" and ")}` : "";
  return new H2mError("name-clash", `Two tools end with the name \`${name}\`${told}.`, {
    hint: "Rename or exclude one of them in `tools` of the config.",
  });
}

/** A name that a harness and something else have: which one a call means, nobody could tell. */
export function clashWithHarness(name: string, harness: string, other: string): H2mError {
  return new H2mError("name-clash", `${harness} and ${other} both have a tool \`${name}\`.`, {
    hint: "Give the one that is not the harness's another name.",
  });
}
