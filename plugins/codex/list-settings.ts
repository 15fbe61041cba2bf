import { join } from "node:path";
import { ancestors, type HarnessOptions, settingsBelow } from "../../src/plugin.ts";
import { userFolder } from "./user-settings.ts";

/** Below the user's own folder, and below `.codex` of a project (0.171). */
const NAMES = ["config.toml", "agents", "hooks.json", "plugins", "skills"];

/** What of the user's and the project's settings decides the list of codex. */
export async function codexListSettings(
  { env = {} }: HarnessOptions,
  cwd: string,
): Promise<unknown> {
  const projects = ancestors(cwd).map((folder) => settingsBelow(join(folder, ".codex"), NAMES));
  return [
    await settingsBelow(userFolder({ ...process.env, ...env }), NAMES),
    ...(await Promise.all(projects)),
  ];
}
