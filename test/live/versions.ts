import { isAtLeast } from "../../src/plugin.ts";
import { VERSIONS } from "./programs.mjs";

/** The version of a harness that this run is about; `undefined`: the run is not about it. */
export function versionOf(harness: string): string | undefined {
  const word = (process.env["H2M_LIVE"] ?? "").split(",").find((each) => nameOf(each) === harness);
  return word?.slice(harness.length + 1);
}

/** Those of them that this run is about: names of harnesses, or pairs that begin with one. */
export function inThisRun<T extends string | readonly [string, unknown]>(
  harnesses: readonly T[],
): T[] {
  return harnesses.filter(
    (each) => versionOf(typeof each === "string" ? each : each[0]) !== undefined,
  );
}

/** Values that began with a version: the last one that this run's version has reached holds. */
export type Since<T> = readonly (readonly [from: string, value: T])[];

/** What holds in this run's version of a harness. Where the run is not about it: what holds in the newest. */
export function since<T>(harness: string, values: Since<T>): T {
  const version = versionOf(harness) ?? VERSIONS[harness]?.newest ?? "";
  const reached = values.filter(([from]) => isAtLeast(version, from)).at(-1);
  if (!reached) throw new Error(`Nothing is said of ${harness} ${version}.`);
  return reached[1];
}

function nameOf(word: string): string {
  return word.split("@")[0] ?? "";
}
