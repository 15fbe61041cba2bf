import { isDeepStrictEqual } from "node:util";
import type { Reload, ResolvedConfig } from "../../types/config.ts";
import type { ToolMapper } from "../../types/mapper.ts";
import type { Plugin } from "../../types/plugin.ts";
import { held, isNarrow } from "./held.ts";
import { hasOwn } from "../schema/own.ts";
import { markOfLoaded, originOf } from "../files/loaded.ts";

/** What a running server cannot take over: where it listens, what plugins have set up, and what the command line has begun. */
const FIXED = [
  "server",
  "upstream",
  "expose",
  "surfaces",
  "plugins",
  "heartbeat",
  "audit",
  "log",
  "watch",
] as const;
/** Sections whose keys are told one by one. */
const SECTIONS = ["tools", "timeouts", "sessions"] as const;

/** What a project brings of its own. */
const PROJECT_KEYS: ReadonlySet<string> = new Set(["tools.local", "prompts", "resources"]);

/** A config as it was read, with what tells later whether its code is still the same. */
export interface ReadConfig {
  readonly config: ResolvedConfig;
  readonly origins: readonly (string | undefined)[];
  /** Of all files that it was made of. */
  readonly mark: string;
}

/** To be called right after the config was read: the files may change. `fromFile`: that is where all of it came from. */
export function readNow(config: ResolvedConfig, fromFile: boolean): ReadConfig {
  const mark = fromFile ? markOfLoaded() : "";
  return { config, origins: config.plugins.map(originOf), mark };
}

export interface PlanOptions {
  /** Of the start of the server. */
  readonly start: ReadConfig;
  /** Of the last time. */
  readonly now: ReadConfig;
  readonly next: ReadConfig;
  /** A profile was chosen at the start. */
  readonly profile: boolean;
}

/** What becomes of a config that was read anew: what goes into force, and what is told of each key that is different. */
export function planOf({ start, now, next, profile }: PlanOptions): {
  config: ResolvedConfig;
  told: Reload;
} {
  const { config, wider } = held(start.config, next.config, profile);
  const mappers = heldMappers(start, next, profile);
  const different = changedKeys(now, next);
  const restart = [
    ...FIXED.filter((key) => !sameAt(key, start, next)),
    ...(mappers.later ? ["tools.map"] : []),
    // Where the start had nothing of a project's own, nothing looks for it.
    ...(hasOwn(start.config) ? [] : different.filter((key) => PROJECT_KEYS.has(key))),
  ];
  const applied = different.filter((key) => !restart.includes(key) && !wider.includes(key));
  return {
    config: { ...config, tools: { ...config.tools, map: mappers.map } },
    told: { applied, restart, wider },
  };
}

/** Mappers are code: whether they allow more cannot be seen, so where anything was narrowed those of the start stay. */
function heldMappers(
  start: ReadConfig,
  next: ReadConfig,
  profile: boolean,
): { map: readonly ToolMapper[]; later: boolean } {
  const [before, after] = [start.config.tools, next.config.tools];
  const free = !profile && !isNarrow(before);
  if (free || sameCode(before.map, after.map, start, next)) return { map: after.map, later: false };
  return { map: before.map, later: true };
}

function changedKeys(before: ReadConfig, after: ReadConfig): string[] {
  return Object.keys(after.config).flatMap((name) => {
    const key = name as keyof ResolvedConfig;
    const section = SECTIONS.find((each) => each === key);
    if (!section) return sameAt(key, before, after) ? [] : [key];
    const [old, now] = [before.config[section], after.config[section]] as [object, object];
    return Object.entries(now).flatMap(([inner, value]) => {
      const was: unknown = old[inner as keyof typeof old];
      const code = section === "tools" && (inner === "map" || inner === "local");
      const same = code
        ? sameCode(was as readonly object[], value as readonly object[], before, after)
        : isDeepStrictEqual(was, value);
      return same ? [] : [`${section}.${inner}`];
    });
  });
}

function sameAt(key: keyof ResolvedConfig, before: ReadConfig, after: ReadConfig): boolean {
  if (key === "plugins") return samePlugins(before, after);
  // Those that were not chosen do nothing, and may have plugins in them.
  if (key === "profiles") return isDeepStrictEqual(textOf(before), textOf(after));
  return isDeepStrictEqual(before.config[key], after.config[key]);
}

function textOf({ config }: ReadConfig): unknown {
  return JSON.stringify(config.profiles, (_, value: unknown) =>
    typeof value === "function" ? "function" : value,
  );
}

/** The options of a plugin, and what a function holds, cannot be looked at: what is not seen to be the same counts as changed. */
function samePlugins(before: ReadConfig, after: ReadConfig): boolean {
  const [old, now] = [before.config.plugins, after.config.plugins];
  if (old.length !== now.length) return false;
  return now.every((plugin: Plugin, place) => {
    const [was, is] = [before.origins[place], after.origins[place]];
    if (plugin.name !== old[place]?.name) return false;
    if (was !== undefined && is !== undefined) return was === is;
    return plugin === old[place] || unchanged(before, after);
  });
}

function sameCode(
  old: readonly unknown[],
  now: readonly unknown[],
  before: ReadConfig,
  after: ReadConfig,
): boolean {
  if (old.length !== now.length) return false;
  return now.every((each, place) => each === old[place]) || unchanged(before, after);
}

/** Nothing was read from another file, and none has another text. */
function unchanged(before: ReadConfig, after: ReadConfig): boolean {
  // Without files, such as in a program that uses h2m, nothing can be said.
  return before.mark !== "" && before.mark === after.mark;
}
