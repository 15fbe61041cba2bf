import { H2mError } from "../../errors.ts";
import type { ResolvedConfig } from "../../types/config.ts";
import { didYouMean } from "../../kit/did-you-mean.ts";

/** Where clients find what a config serves: the paths behind `/mcp`, `""` first. */
export function placesOf({
  harnesses,
  workspaces,
}: Pick<ResolvedConfig, "harnesses" | "workspaces">): string[] {
  const shared = Object.entries(workspaces).map(([name, { harness }]) => `/${harness}/${name}`);
  return ["", ...Object.keys(harnesses).map((name) => `/${name}`), ...shared];
}

/** Tells the sessions that clients share from each other. */
export function keyOf(harness: string | undefined, name: string | undefined): string {
  // No harness has an empty name.
  return `${harness ?? ""}/${name}`;
}

/** For a client of `/mcp/<name>`. `places`: where there is something, behind `/mcp`. */
export function nothingAt(name: string, places: readonly string[]): H2mError {
  const known = places.map((place) => `/mcp${place}`);
  // Such as a workspace, which stands behind its harness.
  const meant = known.find((path) => path.endsWith(`/${name}`)) ?? `/mcp/${name}`;
  return new H2mError("unknown-harness", `There is nothing at \`/mcp/${name}\`.`, {
    hint: didYouMean(meant, known),
  });
}

/** A harness that is not one of the config's. `known`: a plugin has it. */
export function notConfigured(
  harness: string,
  configured: readonly string[],
  known: boolean,
): H2mError {
  return new H2mError(
    "unknown-harness",
    `The harness \`${harness}\` is ${known ? "not in the config" : "unknown"}.`,
    {
      hint: known
        ? `Add it to \`harnesses\`, which has: ${configured.join(", ")}.`
        : didYouMean(harness, configured),
    },
  );
}
