import picomatch from "picomatch";
import { nearest } from "../core/registry.ts";
import { RISK_PREFIX } from "../core/risk.ts";
import type { ResolvedConfig } from "../types/config.ts";
import type { H2mContext } from "../types/plugin.ts";
import type { Teardown } from "../types/session.ts";

/**
 * Warns once of patterns and names in `tools` that match no tool, as soon as every configured harness has sent its list.
 * A typo there hides or shows a tool that the user thought of otherwise.
 */
export function warnUnmatched(
  config: ResolvedConfig,
  on: H2mContext["on"],
  warn: (message: string) => void,
): Teardown {
  const wanted = wordsOf(config);
  if (wanted.length === 0 || hasOwnLists(config)) return () => {};
  const waiting = new Set(Object.keys(config.harnesses));
  const names = new Set<string>();
  const stop = on("tools", ({ session, names: sent }) => {
    for (const name of sent) names.add(name);
    waiting.delete(session.harness);
    if (waiting.size > 0) return;
    stop();
    for (const { key, word, pattern } of wanted) {
      if (pattern ? [...names].some((name) => picomatch.isMatch(name, word)) : names.has(word))
        continue;
      const near = nearest(word, [...names]);
      const hint = near === undefined ? "" : ` Did you mean \`${near}\`?`;
      warn(`\`${word}\` in \`tools.${key}\` matches no tool.${hint}`);
    }
  });
  return stop;
}

function wordsOf({ tools }: ResolvedConfig): { key: string; word: string; pattern: boolean }[] {
  const confirm = tools.confirm.filter((word) => !word.startsWith(RISK_PREFIX));
  const patterns = { include: tools.include, exclude: tools.exclude, confirm };
  const names = { rename: Object.keys(tools.rename), describe: Object.keys(tools.describe) };
  const listed = (keys: Record<string, readonly string[]>, pattern: boolean) =>
    Object.entries(keys).flatMap(([key, words]) => words.map((word) => ({ key, word, pattern })));
  return [...listed(patterns, true), ...listed(names, false)].filter(({ word }) => word !== "*");
}

/** A mapper of the user's own may add tools that no harness has sent: nothing is known of those. */
function hasOwnLists({ plugins, tools }: ResolvedConfig): boolean {
  const mappers = [...plugins.flatMap((plugin) => plugin.mappers ?? []), ...tools.map];
  return mappers.some((mapper) => mapper.list !== undefined);
}
