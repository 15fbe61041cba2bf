import { isDeepStrictEqual } from "node:util";
import { RISK_PREFIX } from "../../core/call/risk.ts";
import { globs } from "../../kit/globs.ts";
import type { ResolvedConfig, ToolArguments, ToolLimits } from "../../types/config.ts";
import { heldHarnesses } from "./held-harnesses.ts";
import { heldHints } from "./held-hints.ts";

type Tools = ResolvedConfig["tools"];

/** A later config as far as it allows no more than the first one. */
export interface Held {
  /** Where the later one would allow more, this one allows what both do. */
  readonly config: ResolvedConfig;
  /** The keys at which it would. */
  readonly wider: readonly string[];
}

/**
 * What a config that is read anew may change while h2m runs. It never allows more than the config of the start did: that needs
 * a restart, by which a person sees what is served. "More" is decided here, and here alone:
 *
 * - `include`, `exclude`: a tool may be shown that was not. A name or pattern is within others if it stands among them, is a
 *   plain name that they match, or has no sign but `*` and begins as one of them that ends with `*` does. Whatever is not seen to be within counts as
 *   more. The intersection itself is kept by `withinStart` of `h2m.ts`, which filters by both.
 * - `readOnly`: was on. `confirm`, `confirmFallback`: somebody may not be asked any more. `limits`: a larger number, or none.
 * - `args`: an argument that was pinned or hidden is so no more, or in another way.
 * - `annotations`: a tool seems more harmless, where `readOnly` or a risk in `confirm` goes by that.
 * - `harnesses`: see there.
 *
 * `narrowed`: a profile was chosen at the start.
 */
export function held(start: ResolvedConfig, next: ResolvedConfig, narrowed: boolean): Held {
  const wider: string[] = [];
  const hold = <T>(key: string, more: boolean, own: T, instead: T): T => {
    if (more) wider.push(key);
    return more ? instead : own;
  };
  const [before, after] = [start.tools, next.tools];
  const harnesses = heldHarnesses(start.harnesses, next.harnesses, narrowed || isNarrow(before));
  const hints = goesByHints(before)
    ? heldHints(before.annotations, after.annotations)
    : { annotations: after.annotations, wider: false };
  const args = heldArguments(before.args, after.args);
  const limits = heldLimits(before.limits, after.limits);
  const tools: Tools = {
    ...after,
    include: hold(
      "tools.include",
      after.include.some((word) => !isWithin(word, before.include)),
      after.include,
      after.include,
    ),
    exclude: hold(
      "tools.exclude",
      before.exclude.some((word) => !isWithin(word, after.exclude)),
      after.exclude,
      both(after.exclude, before.exclude),
    ),
    args: hold("tools.args", args.wider, after.args, args.args),
    annotations: hold("tools.annotations", hints.wider, after.annotations, hints.annotations),
    readOnly: hold("tools.readOnly", before.readOnly && !after.readOnly, after.readOnly, true),
    confirm: hold(
      "tools.confirm",
      before.confirm.some((word) => !isAsked(word, after.confirm)),
      after.confirm,
      both(after.confirm, before.confirm),
    ),
    confirmFallback: hold(
      "tools.confirmFallback",
      before.confirm.length > 0 &&
        before.confirmFallback === "deny" &&
        after.confirmFallback === "allow",
      after.confirmFallback,
      "deny",
    ),
    limits: hold("tools.limits", limits.wider, after.limits, limits.limits),
  };
  if (harnesses.wider) wider.unshift("harnesses");
  return { config: { ...next, harnesses: harnesses.harnesses, tools }, wider };
}

/** Whether a config lets less through than the harnesses have. Mappers of its own may do anything, so they count. */
export function isNarrow(tools: Tools): boolean {
  const { include, exclude, readOnly, confirm, args, limits, map } = tools;
  const lists = [exclude, confirm, map, Object.keys(args), setLimits(limits)];
  return !include.includes("*") || readOnly || lists.some((list) => list.length > 0);
}

/** Whether every name that the word matches is matched by one of the others. Not seen to be so: no. */
function isWithin(word: string, others: readonly string[]): boolean {
  if (others.includes(word) || others.includes("*")) return true;
  if (/^[\w.-]+$/.test(word)) return globs(others)(word);
  // Stars alone: what else a pattern may say, such as `A|B`, need not begin as it does.
  const beginning = /^([\w.-]+)\*[\w.*-]*$/.exec(word)?.[1];
  if (beginning === undefined) return false;
  return others.some(
    (other) => /^[\w.-]*\*$/.test(other) && beginning.startsWith(other.slice(0, -1)),
  );
}

function isAsked(word: string, others: readonly string[]): boolean {
  if (!word.startsWith(RISK_PREFIX))
    return isWithin(
      word,
      others.filter((other) => !other.startsWith(RISK_PREFIX)),
    );
  // What may destroy writes.
  const write = word === `${RISK_PREFIX}destructive` && others.includes(`${RISK_PREFIX}write`);
  return write || others.includes(word) || others.includes("*");
}

function goesByHints({ readOnly, confirm }: Tools): boolean {
  return readOnly || confirm.some((word) => word.startsWith(RISK_PREFIX));
}

function heldArguments(
  before: Tools["args"],
  after: Tools["args"],
): { args: Tools["args"]; wider: boolean } {
  const freed = Object.keys(before).filter((tool) => {
    const now = Object.hasOwn(after, tool) ? after[tool] : undefined;
    return !keeps(before[tool] ?? {}, now ?? {});
  });
  const kept = Object.fromEntries(freed.map((tool) => [tool, before[tool] ?? {}]));
  return { args: { ...after, ...kept }, wider: freed.length > 0 };
}

function keeps(before: ToolArguments, after: ToolArguments): boolean {
  const { pin = {}, hide = [] } = after;
  const pinned = Object.entries(before.pin ?? {}).every(
    ([name, value]) => Object.hasOwn(pin, name) && isDeepStrictEqual(pin[name], value),
  );
  return pinned && (before.hide ?? []).every((name) => hide.includes(name));
}

function heldLimits(before: ToolLimits, after: ToolLimits): { limits: ToolLimits; wider: boolean } {
  const freed = setLimits(before).filter(([key, most]) => (after[key] ?? Infinity) > most);
  return { limits: { ...after, ...Object.fromEntries(freed) }, wider: freed.length > 0 };
}

function setLimits(limits: ToolLimits): [key: keyof ToolLimits, most: number][] {
  const keys = [
    "maxResultBytes",
    "concurrency",
    "perMinute",
  ] as const satisfies readonly (keyof ToolLimits)[];
  return keys.flatMap((key) => {
    const most = limits[key];
    return most === undefined ? [] : [[key, most] as [typeof key, number]];
  });
}

function both(own: readonly string[], more: readonly string[]): readonly string[] {
  return [...new Set([...own, ...more])];
}
