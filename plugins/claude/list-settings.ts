import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  homeFolder,
  ancestors,
  type HarnessOptions,
  objectOf,
  parseObject,
  settingsBelow,
} from "../../src/plugin.ts";

/** Below the user's own folder, and below `.claude` of a project (2.1.332). */
const NAMES = ["settings.json", "settings.local.json", "agents", "commands", "plugins", "skills"];

/** What of the user's and the project's settings decides the list of Claude Code. */
export async function claudeListSettings(
  { env = {} }: HarnessOptions,
  cwd: string,
): Promise<unknown> {
  const own = env["CLAUDE_CONFIG_DIR"] ?? process.env["CLAUDE_CONFIG_DIR"];
  // Without a home folder there are no settings of the user's, whatever folder stands for it.
  const home = homeFolder({ ...process.env, ...env }) ?? "/";
  const projects = ancestors(cwd).map(async (folder) => [
    await settingsBelow(join(folder, ".claude"), NAMES),
    await settingsBelow(folder, [".mcp.json"]),
  ]);
  return {
    user: await settingsBelow(own ?? join(home, ".claude"), NAMES),
    servers: await serversOf(join(own ?? home, ".claude.json"), cwd),
    projects: await Promise.all(projects),
  };
}

/** The rest of that file is state: it changes with each start. */
async function serversOf(file: string, cwd: string): Promise<unknown> {
  const text = await readFile(file, "utf8").catch(() => ""); // Without it there are none.
  const state = parseObject(text);
  const project = objectOf(objectOf(state?.["projects"])?.[cwd]);
  return [state?.["mcpServers"], project?.["mcpServers"], project?.["enabledMcpjsonServers"]];
}
