import { dirname } from "node:path";
import { findConfigFile } from "../../config/files/load.ts";
import { foldersIn } from "../../config/files/tool-files.ts";
import { watchFile, watchFolder } from "../../config/reload/watch.ts";
import { H2mError } from "../../errors.ts";
import type { H2m } from "../../h2m.ts";
import { visible } from "../../kit/visible.ts";
import type { ConfigSource, LogLevel, Reload, ResolvedConfig } from "../../types/config.ts";
import type { Teardown } from "../../types/session.ts";
import type { Flags } from "../input/invocation.ts";
import type { Lifetime } from "./lifetime.ts";
import { logLine, warn } from "../output/output.ts";
import type { Settings } from "../input/settings.ts";

/** Where a running server reads its config anew, and says what became of it. `undefined`: it was started without a file. */
export function configSource(
  { file, again, config }: Settings,
  flags: Flags,
  /** What the command line makes of the settings. */
  configOf: (settings: Settings) => ResolvedConfig,
): ConfigSource | undefined {
  if (file === undefined) return undefined;
  return {
    file,
    read: async () => {
      if (flags.config === undefined) await mustBeTheOne(file);
      const read = await again();
      warn(config.log.level, read.warnings);
      return configOf(read);
    },
    told: (outcome) => {
      if (isLoud(config.log.level))
        logLine(`h2m: the config was read anew: ${visible(inWords(outcome))}`);
    },
    failed: (error) => {
      if (!isLoud(config.log.level)) return;
      const { text } = H2mError.from(error);
      logLine(`h2m: warn: the config cannot be used, so the old one stays. ${visible(text)}`);
    },
  };
}

/** Reads the config anew on SIGHUP, and with `watch` whenever its file changes. The teardown stops it. */
export function reloadOnRequest(
  h2m: H2m,
  life: Lifetime,
  { file, text }: Pick<Settings, "file" | "text">,
): Teardown {
  // What became of it is told by the source.
  const reload = () =>
    h2m.reload().then(
      () => {},
      () => {},
    );
  const { watch, log, tools } = h2m.config;
  const listener = {
    onChange: reload,
    onError: ({ message }: H2mError) => {
      if (isLoud(log.level))
        logLine(`h2m: warn: changes of the config are not seen any more: ${visible(message)}`);
    },
  };
  const watching =
    watch && file !== undefined
      ? [
          watchFile(file, { since: text, ...listener }),
          ...foldersIn(tools.local).map((folder) => watchFolder(folder, listener)),
        ]
      : [];
  const stopHearing = life.onHangUp(() => {
    if (file !== undefined) return void reload();
    if (isLoud(log.level)) logLine("h2m: SIGHUP: there is no config file to read anew");
  });
  return () => {
    for (const stop of [...watching, stopHearing]) stop();
  };
}

/** What became of a config, for a person. */
export function inWords({ applied, restart, wider }: Reload): string {
  const parts = [
    ...(applied.length > 0 ? [`new sessions take ${listed(applied)}`] : []),
    ...(restart.length > 0 ? [`restart for ${listed(restart)}`] : []),
    ...(wider.length > 0
      ? [`restart to allow more by ${listed(wider)}: what the start did not allow stays away`]
      : []),
  ];
  return parts.length > 0 ? parts.join("; ") : "nothing is different";
}

/** A file that is looked for before it was made meanwhile: it would be loaded instead, and nobody has seen it at the start. */
async function mustBeTheOne(file: string): Promise<void> {
  const found = await findConfigFile({ folder: dirname(file) });
  if (found === file) return;
  const now = found === undefined ? "it is gone" : `\`${found}\` would be loaded instead`;
  throw new H2mError("bad-config", `h2m was started with \`${file}\`, and now ${now}.`, {
    hint: "Look at who made the change, and start h2m anew.",
  });
}

function listed(keys: readonly string[]): string {
  return keys.map((key) => `\`${key}\``).join(", ");
}

function isLoud(level: LogLevel): boolean {
  return level !== "silent" && level !== "error";
}
