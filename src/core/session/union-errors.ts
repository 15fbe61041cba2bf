import { H2mError } from "../../errors.ts";
import { didYouMean } from "../../kit/did-you-mean.ts";
import type { Tool } from "../../types/mcp.ts";
import { clashWithHarness } from "../tools/clash.ts";

/** No harness of a union comes: all that is known of why. */
export function noneComes(errors: readonly H2mError[], first: H2mError): H2mError {
  const hint = errors.map((error) => error.hint).find((text) => text !== undefined);
  const text = errors.map((error) => error.message).join(" ");
  return new H2mError(first.code, text, { ...(hint ? { hint } : {}), cause: first });
}

/** `prefixes`: what the names of its harnesses' tools begin with. `shown`: what its clients were told last. */
export function noSuchTool(
  name: string,
  prefixes: readonly string[],
  shown: readonly string[],
): H2mError {
  const begin = prefixes.map((prefix) => `\`${prefix}\``).join(" or ");
  const near = shown.length > 0 ? ` ${didYouMean(name, shown)}` : "";
  const hint = `The names begin with ${begin}.${near}`;
  return new H2mError("unknown-tool", `There is no tool \`${name}\`.`, { hint });
}

/** A tool of the project may be called as one of a harness is with its prefix. @throws H2mError `name-clash` */
export function mustDiffer(tools: readonly Tool[]): void {
  const names = new Set<string>();
  for (const { name } of tools) {
    if (names.has(name)) throw clashWithHarness(name, "One of the harnesses", "the project");
    names.add(name);
  }
}
