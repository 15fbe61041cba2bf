import doctor from "../plugins/doctor/index.ts";
import sessions from "../plugins/sessions/commands.ts";
import setup from "../plugins/setup/index.ts";
import token from "../plugins/token/index.ts";
import { H2mError } from "./errors.ts";
import type { Command } from "./types/command.ts";
import type { Plugin } from "./types/plugin.ts";

/** Whose a command is. */
export interface OwnedCommand {
  readonly plugin: string;
  readonly command: Command;
}

/**
 * The plugins of h2m's own whose commands are known without a config. They are loaded with each start, and so import types alone:
 * what a command does is loaded when it runs.
 */
const BUILT_IN: readonly Plugin[] = [doctor, sessions, setup, token];

export const BUILT_IN_COMMANDS: readonly OwnedCommand[] = commandsIn(BUILT_IN);

/**
 * The commands of the config's plugins. `taken`: the words that mean something already, and what.
 * @throws H2mError `bad-config` where a word would mean two things
 */
export function commandsOf(
  plugins: readonly Plugin[],
  taken: ReadonlyMap<string, string>,
): readonly OwnedCommand[] {
  const known = new Map(taken);
  const found = commandsIn(plugins);
  for (const { plugin, command } of found) {
    const other = known.get(command.name);
    known.set(command.name, `a command of the plugin \`${plugin}\``);
    if (other === undefined) continue;
    throw new H2mError(
      "bad-config",
      `The plugin \`${plugin}\` brings the command \`${command.name}\`, which is ${other} already.`,
      { hint: "Leave one of both out of the config, or give it another name." },
    );
  }
  return found;
}

function commandsIn(plugins: readonly Plugin[]): OwnedCommand[] {
  // A later plugin of the same name takes the earlier one's place.
  const last = new Map(plugins.map((plugin) => [plugin.name, plugin]));
  return [...last.values()].flatMap(({ name, commands = [] }) =>
    commands.map((command) => ({ plugin: name, command })),
  );
}
