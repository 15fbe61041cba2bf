import {
  behindStub,
  defineHarness,
  definePlugin,
  findProgram,
  noProxyWords,
  packageVersion,
} from "../../src/plugin.ts";
import { annotations } from "./annotations.ts";
import { driveClaude } from "./driver.ts";
import { ATTACHED, prepareClaude } from "./launch.ts";
import { claudeListSettings } from "./list-settings.ts";
import { recognizeClaude, refineClaude } from "./recognize.ts";
import { claudeWrites } from "./writes.ts";

const PACKAGE = "@anthropic-ai/claude-code";

/** Claude Code, over the messages API. */
export const claude = defineHarness({
  name: "claude",
  api: "messages",
  installCommand: `npm install -g ${PACKAGE}`,
  tested: { oldest: "2.1.197", newest: "2.1.332" },
  detect: async (options) => {
    const found = await findProgram(options.command ?? "claude", options.cwd);
    if (found === undefined) return undefined;
    // Where npm ran no install scripts, `claude` is a text that only prints so (2.1.197, 2.1.332).
    const platform = `${PACKAGE}-${process.platform}-${process.arch}`;
    const command = await behindStub(found, [`${platform}/claude`, `${platform}-musl/claude`]);
    return { command, version: await packageVersion(found, PACKAGE) };
  },
  listSettings: claudeListSettings,
  prepare: prepareClaude,
  drive: driveClaude,
  recognize: recognizeClaude,
  refine: refineClaude,
  writes: claudeWrites,
  annotations,
  attach: ({ origin, key }) => {
    // Settings of the user's are laid over the environment, and these over those (2.1.197, 2.1.332).
    const settings = JSON.stringify({ env: ATTACHED });
    const words = [
      `ANTHROPIC_BASE_URL=${origin}`,
      `ANTHROPIC_AUTH_TOKEN=${key}`,
      noProxyWords(process.env, origin),
    ];
    return `${words.join(" ")} claude --settings '${settings}'`;
  },
});

export default definePlugin({ name: "claude", harnesses: [claude] });
