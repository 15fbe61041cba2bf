import { watchFile } from "../config/watch.ts";
import { H2mError } from "../errors.ts";
import type { H2m } from "../h2m.ts";
import { visible } from "../kit/visible.ts";
import type { ResolvedConfig } from "../types/config.ts";
import type { Teardown } from "../types/session.ts";
import { note } from "./output.ts";
import type { Settings } from "./settings.ts";

export interface ReloadOptions {
  readonly h2m: Pick<H2m, "configure">;
  /** The settings of now; what `read` gives later is laid out in the same way. */
  readonly settings: Settings;
  /** Warnings are told. */
  readonly loud: boolean;
  /** What the command line makes of the settings. */
  configOf(settings: Settings): ResolvedConfig;
}

/** Applies a config file that has changed; a broken one is told, and the old config stays. The teardown stops it. */
export function reloadOnChange({ h2m, settings, loud, configOf }: ReloadOptions): Teardown {
  const { file, again } = settings;
  if (file === undefined) return () => {};
  const say = (text: string) => {
    if (loud) note(`h2m: ${visible(text)}`);
  };
  return watchFile(file, {
    onChange: async () => {
      try {
        const later = await h2m.configure(configOf(await again()));
        const rest = later.map((key) => `\`${key}\``).join(", ");
        say(`the config has changed: new sessions take it${rest ? `; restart for ${rest}` : ""}`);
      } catch (error) {
        say(
          `warn: the config has changed and cannot be used, so the old one stays. ${H2mError.from(error).text}`,
        );
      }
    },
    onError: (error) => say(`warn: changes of the config are not seen any more: ${error.message}`),
  });
}
