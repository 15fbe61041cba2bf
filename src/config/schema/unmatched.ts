import { nearest } from "../../kit/did-you-mean.ts";
import { RISK_PREFIX } from "../../core/call/risk.ts";
import { prefixOf } from "../../core/session/union-member.ts";
import { globs } from "../../kit/globs.ts";
import { isPortableName } from "../../kit/portable-name.ts";
import type { ResolvedConfig } from "../../types/config.ts";
import type { Tool } from "../../types/mcp.ts";
import type { H2mContext } from "../../types/plugin.ts";
import type { Teardown } from "../../types/session.ts";
import { argumentProblems, unfitValues } from "./unmatched-arguments.ts";

/**
 * Warns once of what `tools` says and no tool has, as soon as every configured harness has sent its list: names, patterns,
 * arguments, values. A typo there hides or shows a tool that the user thought of otherwise.
 */
export function warnUnmatched(
  config: ResolvedConfig,
  on: H2mContext["on"],
  warn: (message: string) => void,
): Teardown {
  for (const message of changedNames(config)) warn(message);
  const wanted = wordsOf(config);
  const said = wanted.length > 0 || Object.keys(config.tools.args).length > 0;
  if (!said || hasOwnLists(config)) return () => {};
  const waiting = new Set(Object.keys(config.harnesses));
  const lists = new Map<string, readonly Tool[]>();
  const stop = on("tools", ({ session, tools: sent }) => {
    lists.set(session.harness, sent);
    waiting.delete(session.harness);
    if (waiting.size > 0) return;
    stop();
    const tools = [...lists.values()].flat();
    const names = new Set(tools.map(({ name }) => name));
    for (const { key, word, pattern } of wanted) {
      if (pattern ? [...names].some(globs([word])) : names.has(word)) continue;
      const near = nearest(word, [...names]);
      const hint = near === undefined ? "" : ` Did you mean \`${near}\`?`;
      warn(`\`${word}\` in \`tools.${key}\` matches no tool.${hint}`);
    }
    for (const message of argumentProblems(config.tools.args, tools)) warn(message);
    // The checker of schemas is large: it is loaded only for values to check.
    unfitValues(config.tools.args, tools).then(
      (messages) => messages.forEach(warn),
      (error: unknown) => warn(`The values in \`tools.args\` cannot be checked: ${String(error)}`),
    );
  });
  return stop;
}

function wordsOf({ tools }: ResolvedConfig): { key: string; word: string; pattern: boolean }[] {
  const confirm = tools.confirm.filter((word) => !word.startsWith(RISK_PREFIX));
  const patterns = { include: tools.include, exclude: tools.exclude, confirm };
  const { rename, describe, args, annotations } = tools;
  const names = Object.entries({ rename, describe, args, annotations });
  const listed = (keys: Record<string, readonly string[]>, pattern: boolean) =>
    Object.entries(keys).flatMap(([key, words]) => words.map((word) => ({ key, word, pattern })));
  const exact = Object.fromEntries(names.map(([key, map]) => [key, Object.keys(map)]));
  return [...listed(patterns, true), ...listed(exact, false)].filter(({ word }) => word !== "*");
}

/** A mapper of the user's own may add tools that no harness has sent: nothing is known of those. */
function hasOwnLists({ plugins, tools }: ResolvedConfig): boolean {
  const mappers = [...plugins.flatMap((plugin) => plugin.mappers ?? []), ...tools.map];
  return mappers.some((mapper) => mapper.list !== undefined);
}

/** A name that the user chose, and that clients see otherwise. */
function changedNames({ harnesses, tools }: ResolvedConfig): string[] {
  const { rename, prefix, portable } = tools;
  const chosen = portable ? Object.entries(rename) : [];
  // Where several are served as one, each name has its harness before it.
  const before = Object.keys(harnesses).map((name) => prefixOf(name));
  const longest = before.length > 1 ? before.toSorted((a, b) => b.length - a.length)[0] : "";
  return chosen.flatMap(([from, to]) => {
    const shown = [prefix + to, `${longest}${prefix}${to}`];
    const changed = shown.find((name) => !isPortableName(name));
    if (changed === undefined) return [];
    return (
      `\`${changed}\`, the new name of \`${from}\`, is not one that every client takes (40 of A-Z, a-z, 0-9, _ and -): ` +
      "it is shown in another form. Set `tools.portable: false` to keep it."
    );
  });
}
