import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { isAtLeast } from "../../../src/plugin.ts";

const FILE = join(import.meta.dirname, "known.json");

/** By the key of a change, or its beginning and `*`: what was made of it. */
type Lines = Readonly<Record<string, string>>;

/** Per harness and version: the changes that somebody has looked at. */
export type Known = Readonly<Record<string, Readonly<Record<string, Lines>>>>;

export async function readKnown(): Promise<Known> {
  return JSON.parse(await readFile(FILE, "utf8")) as Known;
}

/** What was made of a change that came with one of the versions after `before`, up to `until`. */
export function madeOf(
  known: Known,
  { harness, before, until }: { harness: string; before: string; until: string },
  key: string,
): string | undefined {
  const within = Object.entries(known[harness] ?? {}).filter(
    ([version]) => !isAtLeast(before, version) && isAtLeast(until, version),
  );
  // Of two versions the later one says how it is now; and a whole key says more than its beginning.
  const lines = within.toReversed().flatMap(([, each]) => Object.entries(each));
  const [, said] =
    lines.find(([pattern]) => pattern === key) ??
    lines.find(([pattern]) => fits(pattern, key)) ??
    [];
  return said;
}

function fits(pattern: string, key: string): boolean {
  return pattern.endsWith("*") && key.startsWith(pattern.slice(0, -1));
}
