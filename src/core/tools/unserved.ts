import { H2mError } from "../../errors.ts";
import { didYouMean } from "../../kit/did-you-mean.ts";
import type { Tool } from "../../types/mcp.ts";
import type { SkippedTool } from "../../types/turn.ts";

/** Why a tool that stands in the harness's request cannot be called. */
function unserved(name: string, { type }: SkippedTool): H2mError {
  if (type === "deferred") {
    return new H2mError(
      "unknown-tool",
      `The tool \`${name}\` is kept back by the harness until a search of its model's finds it.`,
      { hint: "Start the harness so that it lists all its tools; the line that h2m prints does." },
    );
  }
  return new H2mError(
    "unknown-tool",
    `The tool \`${name}\` can only be run by the harness's own vendor.`,
    { hint: "No model is behind this server, so it is not listed." },
  );
}

/** A name that clients do not see: because it cannot be served, or there is no such tool. */
export function notShown(
  name: string,
  shown: readonly Tool[],
  skipped: readonly SkippedTool[],
): H2mError {
  const known = skipped.find((tool) => (tool.name ?? tool.type) === name);
  if (known) return unserved(name, known);
  const names = shown.map((tool) => tool.name);
  return new H2mError("unknown-tool", `There is no tool \`${name}\`.`, {
    hint: didYouMean(name, names),
  });
}
