import { didYouMean } from "../../kit/did-you-mean.ts";
import { H2mError } from "../../errors.ts";
import { harnessNames } from "../../built-in.ts";
import { visible } from "../../kit/visible.ts";
import { hasMore } from "../../config/schema/own.ts";
import { workspacesLeftOut, workspacesOfPicked } from "../../config/schema/workspaces.ts";
import type { ResolvedConfig } from "../../types/config.ts";
import { SUBCOMMANDS } from "../input/invocation.ts";
import { warn } from "../output/output.ts";

/** The same, and whoever looks hears what is left out by it. */
export function picked(
  config: ResolvedConfig,
  words: readonly string[],
  subcommand?: string,
): ResolvedConfig {
  const found = withHarness(config, words, subcommand);
  warn(config.log.level, workspacesLeftOut(config, found));
  return found;
}

/**
 * The config with the harnesses that are named only, each once; without a name all of them.
 * @throws H2mError `unknown-harness`, naming the nearest
 */
export function withHarness(
  config: ResolvedConfig,
  words: readonly string[],
  subcommand?: string,
): ResolvedConfig {
  if (words.length === 0) return config;
  const known = harnessNames(config.plugins);
  const wrong = words.find((word) => !known.includes(word));
  if (wrong !== undefined) {
    const first = subcommand === undefined && wrong === words[0];
    const what = first ? "harness or subcommand" : "harness";
    throw new H2mError("unknown-harness", `There is no ${what} \`${visible(wrong)}\`.`, {
      hint: didYouMean(wrong, first ? [...known, ...SUBCOMMANDS] : known),
    });
  }
  const twice = words.find((word, place) => words.indexOf(word) < place);
  if (twice !== undefined)
    throw new H2mError("bad-usage", `The harness \`${twice}\` is named twice.`);
  const named = words.map((name) => [name, config.harnesses[name] ?? { cwd: config.cwd }]);
  return {
    ...config,
    harnesses: Object.fromEntries(named),
    workspaces: workspacesOfPicked(config.workspaces, words, Object.keys(config.harnesses)),
  };
}

/**
 * The config for one client of our own: nobody else shall reach it, so it needs no fixed address.
 * @throws H2mError `bad-usage` if no harness is configured, none can attach, and nothing else brings tools
 */
export function forOneClient(
  config: ResolvedConfig,
  flags: { host?: string; port?: string },
): ResolvedConfig {
  const { server } = config;
  const attachable = flags.port !== undefined && (server.attachKey !== undefined || !server.auth);
  if (Object.keys(config.harnesses).length === 0 && !attachable && !hasMore(config)) {
    throw new H2mError("bad-usage", "No harness is named.", {
      hint: `Name one, or set \`harnesses\` in a config file. Known: ${harnessNames(config.plugins).join(", ")}.`,
    });
  }
  return {
    ...config,
    server: {
      ...server,
      host: flags.host === undefined ? "127.0.0.1" : server.host,
      port: flags.port === undefined ? 0 : server.port,
    },
  };
}
