import { join } from "node:path";
import type { HarnessOptions, LaunchContext, LaunchPlan } from "../../src/plugin.ts";

/** Told to the CLI; the list of tools is the same for every model (2.1.197). */
const MODEL = "claude-sonnet-4-5";
/** 24 hours in ms: no idle timer of the harness ends a held turn before that. */
const DAY = "86400000";

/** Flags of a print-mode process that lives as long as its standard input. */
export function claudeArgs(options: HarnessOptions): string[] {
  return [
    "-p",
    "--input-format",
    "stream-json",
    "--output-format",
    "stream-json",
    "--verbose",
    "--dangerously-skip-permissions",
    "--model",
    options.model ?? MODEL,
    "--no-session-persistence",
    "--setting-sources",
    "",
    "--strict-mcp-config",
    // Without it WebFetch asks the vendor whether it may open a domain.
    "--settings",
    '{"skipWebFetchPreflight":true}',
  ];
}

/** The launch of Claude Code 2.1.197, as measured: no network but ours, no file but in `home`. */
export function prepareClaude({
  install,
  options,
  home,
  origin,
  token,
}: LaunchContext): LaunchPlan {
  return {
    command: install.command,
    args: claudeArgs(options),
    env: {
      ANTHROPIC_BASE_URL: origin,
      ANTHROPIC_AUTH_TOKEN: token,
      CLAUDE_CONFIG_DIR: join(home, "config"),
      // Background output goes below `claude-<uid>` in here, not into the user's temporary folder.
      CLAUDE_CODE_TMPDIR: join(home, "tmp"),
      // Lets `--dangerously-skip-permissions` work for root.
      IS_SANDBOX: "1",
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
      CLAUDE_CODE_DISABLE_NONSTREAMING_FALLBACK: "1",
      CLAUDE_STREAM_IDLE_TIMEOUT_MS: DAY,
      API_TIMEOUT_MS: DAY,
      API_FORCE_IDLE_TIMEOUT: "0",
      CLAUDE_CODE_DISABLE_AUTO_MEMORY: "1",
      CLAUDE_CODE_DISABLE_CLAUDE_MDS: "1",
      CLAUDE_CODE_ATTRIBUTION_HEADER: "0",
    },
  };
}
