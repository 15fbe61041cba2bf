import { join } from "node:path";
import type { HarnessOptions, LaunchContext, LaunchPlan } from "../../src/plugin.ts";

type Variables = Readonly<Record<string, string | undefined>>;

/** Told to the CLI; the list of tools is the same for every model (2.1.197). */
const MODEL = "claude-sonnet-4-5";
/** 24 hours in ms: no idle timer of the harness ends a held turn before that. */
const DAY = "86400000";

/** Where our own settings stand below `home`. */
const SETTINGS_FILE = "settings.json";

/**
 * The launch of Claude Code 2.1.197, as measured. Isolated it reaches no network but ours and writes no file but in `home`.
 * @param own h2m's environment, which is the user's
 */
export function prepareClaude(context: LaunchContext, own: Variables = process.env): LaunchPlan {
  const { install, options, home, origin, token } = context;
  const connection = { ANTHROPIC_BASE_URL: origin, ANTHROPIC_AUTH_TOKEN: token };
  const user = options.settings === "user";
  return {
    command: install.command,
    args: claudeArgs(options, join(home, SETTINGS_FILE)),
    env: {
      ...connection,
      ...TIMERS,
      CLAUDE_CONFIG_DIR: user ? own["CLAUDE_CONFIG_DIR"] : join(home, "config"),
      // Background output goes below `claude-<uid>` in here, not into the user's temporary folder.
      CLAUDE_CODE_TMPDIR: join(home, "tmp"),
      // Lets `--dangerously-skip-permissions` work for root.
      ...(options.permissions === "harness" ? {} : { IS_SANDBOX: "1" }),
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
      CLAUDE_CODE_DISABLE_NONSTREAMING_FALLBACK: "1",
      CLAUDE_CODE_DISABLE_AUTO_MEMORY: "1",
      CLAUDE_CODE_DISABLE_CLAUDE_MDS: "1",
      CLAUDE_CODE_ATTRIBUTION_HEADER: "0",
    },
    files: {
      [SETTINGS_FILE]: JSON.stringify({
        // Without it WebFetch asks the vendor whether it may open a domain.
        skipWebFetchPreflight: true,
        // The environment of the user's settings is laid over the process's own; these settings win over them.
        ...(user ? { env: { ...connection, ...NO_OTHER_VENDOR }, apiKeyHelper: "" } : {}),
      }),
    },
  };
}

/** Flags of a print-mode process that lives as long as its standard input. */
export function claudeArgs(options: HarnessOptions, settingsFile: string): string[] {
  return [
    "-p",
    "--input-format",
    "stream-json",
    "--output-format",
    "stream-json",
    "--verbose",
    ...(options.permissions === "harness" ? [] : ["--dangerously-skip-permissions"]),
    "--model",
    options.model ?? MODEL,
    "--no-session-persistence",
    ...(options.settings === "user" ? [] : ["--setting-sources", "", "--strict-mcp-config"]),
    "--settings",
    settingsFile,
  ];
}

const TIMERS = {
  CLAUDE_STREAM_IDLE_TIMEOUT_MS: DAY,
  API_TIMEOUT_MS: DAY,
  API_FORCE_IDLE_TIMEOUT: "0",
};

/** Switches by which a user's settings may lead Claude Code to another vendor's API. */
const NO_OTHER_VENDOR = {
  CLAUDE_CODE_USE_BEDROCK: "0",
  CLAUDE_CODE_USE_VERTEX: "0",
  CLAUDE_CODE_USE_FOUNDRY: "0",
};
