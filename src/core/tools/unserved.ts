import { H2mError } from "../../errors.ts";
import type { SkippedTool } from "../../types/turn.ts";

/** Why a tool that stands in the harness's request cannot be called. */
export function unserved(name: string, { type }: SkippedTool): H2mError {
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
