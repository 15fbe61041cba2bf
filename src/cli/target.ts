import { didYouMean } from "../core/registry.ts";
import { H2mError } from "../errors.ts";
import { harnessNames } from "../h2m.ts";
import type { ResolvedConfig } from "../types/config.ts";
import { SUBCOMMANDS } from "./invocation.ts";

/** The config with one harness only. @throws H2mError `unknown-harness`, naming the nearest */
export function withHarness(
  config: ResolvedConfig,
  words: readonly string[],
  subcommand?: string,
): ResolvedConfig {
  const [name, ...more] = words;
  if (name === undefined) return config;
  const known = harnessNames(config.plugins);
  if (!known.includes(name)) {
    const candidates = subcommand === undefined ? [...known, ...SUBCOMMANDS] : known;
    const what = subcommand === undefined ? "harness or subcommand" : "harness";
    throw new H2mError("unknown-harness", `There is no ${what} \`${name}\`.`, {
      hint: didYouMean(name, candidates),
    });
  }
  if (more.length > 0) {
    throw new H2mError("bad-usage", `\`${more.join(" ")}\` after \`${name}\` means nothing here.`, {
      hint: "One harness can be named; several are served by `harnesses` of a config file.",
    });
  }
  return { ...config, harnesses: { [name]: config.harnesses[name] ?? { cwd: config.cwd } } };
}

/**
 * The config for one client of our own: nobody else shall reach it, so it needs no fixed address.
 * @throws H2mError `bad-usage` if no harness is configured, and none can attach
 */
export function forOneClient(
  config: ResolvedConfig,
  flags: { host?: string; port?: string },
): ResolvedConfig {
  const { server } = config;
  const attachable = flags.port !== undefined && (server.attachKey !== undefined || !server.auth);
  if (Object.keys(config.harnesses).length === 0 && !attachable) {
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
