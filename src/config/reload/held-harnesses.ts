import { isDeepStrictEqual } from "node:util";
import type { ResolvedConfig } from "../../types/config.ts";
import type { HarnessOptions } from "../../types/harness.ts";

type Harnesses = ResolvedConfig["harnesses"];

/**
 * The later harnesses, but none allows more than before: the harness's own rules stay in force, the user's own settings of it
 * stay away, and its arguments, which may switch tools off, stay. `narrow`: the config of the start let less through than there
 * is; then no other harness comes either, whose tools have other names, and no other program.
 */
export function heldHarnesses(
  before: Harnesses,
  after: Harnesses,
  narrow: boolean,
): { harnesses: Harnesses; wider: boolean } {
  let wider = false;
  const kept = Object.entries(after).flatMap(([name, options]): [string, HarnessOptions][] => {
    const old = Object.hasOwn(before, name) ? before[name] : undefined;
    const now = old ? heldOptions(old, options, narrow) : options;
    wider ||= now !== options || (!old && narrow);
    return !old && narrow ? [] : [[name, now]];
  });
  return { harnesses: wider ? Object.fromEntries(kept) : after, wider };
}

function heldOptions(old: HarnessOptions, now: HarnessOptions, narrow: boolean): HarnessOptions {
  const rules = old.permissions === "harness" && now.permissions !== "harness";
  const apart = old.settings !== "user" && now.settings === "user";
  const flags = (narrow || (old.args ?? []).length > 0) && differ(old, now, "args");
  const program = narrow && (differ(old, now, "command") || differ(old, now, "env"));
  if (!rules && !apart && !flags && !program) return now;
  return {
    ...now,
    ...(rules ? { permissions: "harness" } : {}),
    ...(apart ? { settings: old.settings } : {}),
    ...(flags ? { args: old.args } : {}),
    ...(program ? { command: old.command, env: old.env } : {}),
  };
}

function differ(old: HarnessOptions, now: HarnessOptions, key: keyof HarnessOptions): boolean {
  return !isDeepStrictEqual(old[key], now[key]);
}
