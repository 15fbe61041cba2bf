import { join } from "node:path";
import { homeFolder, ancestors, type HarnessOptions, settingsBelow } from "../../src/plugin.ts";

const FILES = ["opencode.json", "opencode.jsonc", "config.json"];
/** Below a folder of settings (1.18.33 takes both numbers of each name). */
const FOLDERS = [
  "agent",
  "agents",
  "command",
  "commands",
  "plugin",
  "plugins",
  "skill",
  "skills",
  "tool",
  "tools",
];

/** What of the user's and the project's settings decides the list of OpenCode. */
export async function opencodeListSettings(
  { env = {} }: HarnessOptions,
  cwd: string,
): Promise<unknown> {
  const variables = { ...process.env, ...env };
  // Without a home folder there are no settings of the user's, whatever folder stands for it.
  const home = homeFolder(variables) ?? "/";
  const folders = [
    join(variables["XDG_CONFIG_HOME"] ?? join(home, ".config"), "opencode"),
    ...[home, ...ancestors(cwd)].map((folder) => join(folder, ".opencode")),
  ];
  const found = folders.map((folder) => settingsBelow(folder, [...FILES, ...FOLDERS]));
  const files = ancestors(cwd).map((folder) => settingsBelow(folder, FILES));
  return Promise.all([...found, ...files]);
}
