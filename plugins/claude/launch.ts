import { join } from "node:path";
import {
  type HarnessOptions,
  type LaunchContext,
  type LaunchPlan,
  noProxy,
  runtimeVariables,
} from "../../src/plugin.ts";
import { shellWord, toolEnvironment } from "./tool-environment.ts";
import { SECRETS_FOLDER, unreadable } from "./unreadable.ts";

type Variables = Readonly<Record<string, string | undefined>>;

/** Told to the CLI. Since 2.1.332 the newest models, and names that it does not know, have no tools for a task list. */
const MODEL = "claude-sonnet-4-5";
/** 24 hours in ms: no idle timer of the harness ends a held turn before that (since 2.1.332 the longest is 30 minutes). */
const DAY = "86400000";

/** Where our own settings stand below `home`. */
const SETTINGS_FILE = `${SECRETS_FOLDER}/settings.json`;
/** Where the host's key stands below `home`. */
const KEY_FILE = `${SECRETS_FOLDER}/key`;
/** What Claude Code reads before each command, below `home`. */
export const TOOLS_FILE = `${SECRETS_FOLDER}/tools.sh`;

/**
 * The launch of Claude Code, as measured with 2.1.197 and 2.1.332. Isolated it reaches no network but ours and writes no file
 * but in `home`. The key stands in a file of its own, and in no environment.
 * @param own h2m's environment, which is the user's
 */
export function prepareClaude(context: LaunchContext, own: Variables = process.env): LaunchPlan {
  const { install, options, home, origin, token } = context;
  const user = options.settings === "user";
  const direct = noProxy({ ...own, ...options.env }, origin);
  const users = user ? { ...ALL_SERVERS, [PEERS]: options.env?.[PEERS] ?? "0" } : {};
  const env = {
    ANTHROPIC_BASE_URL: origin,
    ...TIMERS,
    ...ATTACHED,
    ...direct,
    ...users,
    ...runtimeVariables(own),
    CLAUDE_CONFIG_DIR: user ? own["CLAUDE_CONFIG_DIR"] : join(home, "config"),
    // Background output goes below `claude-<uid>` in here, not into the user's temporary folder.
    CLAUDE_CODE_TMPDIR: join(home, "tmp"),
    CLAUDE_ENV_FILE: join(home, TOOLS_FILE),
    // Lets `--dangerously-skip-permissions` work for root.
    ...(options.permissions === "harness" ? {} : { IS_SANDBOX: "1" }),
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
    CLAUDE_CODE_DISABLE_NONSTREAMING_FALLBACK: "1",
    CLAUDE_CODE_DISABLE_AUTO_MEMORY: "1",
    CLAUDE_CODE_DISABLE_CLAUDE_MDS: "1",
    CLAUDE_CODE_ATTRIBUTION_HEADER: "0",
  };
  // The environment of the user's settings is laid over the process's own; these settings win over them.
  const settingsEnv = user
    ? {
        ...ATTACHED,
        ...direct,
        ...users,
        ANTHROPIC_BASE_URL: origin,
        ...NO_OTHER_KEY,
        ...NO_OTHER_VENDOR,
      }
    : ATTACHED;
  return {
    command: install.command,
    args: claudeArgs(options, join(home, SETTINGS_FILE)),
    env,
    files: {
      [SETTINGS_FILE]: JSON.stringify({
        // Without it WebFetch asks the vendor whether it may open a domain.
        skipWebFetchPreflight: true,
        // A shell's own words: no program of PATH is needed.
        apiKeyHelper: `IFS= read -r key < ${shellWord(join(home, KEY_FILE))} && printf %s "$key"`,
        env: settingsEnv,
        permissions: { deny: [...unreadable(home, own), WAIT_FOR_SERVERS] },
      }),
      [KEY_FILE]: `${token}\n`,
      [TOOLS_FILE]: toolEnvironment([...Object.keys(env), ...Object.keys(settingsEnv)], {
        own,
        wanted: options.env,
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
  // How long the answer of our `apiKeyHelper` holds: the key does not change.
  CLAUDE_CODE_API_KEY_HELPER_TTL_MS: DAY,
};

/** Since 2.1.304 it lists half of its tools only after a search, which no model does here. */
const ALL_TOOLS = { ENABLE_TOOL_SEARCH: "false" };

/**
 * What also a Claude Code of the user's own is started with: its whole list, and (since 2.1.235) no count of tokens behind its
 * results, before which it cuts the white space at the end of a text.
 */
export const ATTACHED = { ...ALL_TOOLS, CLAUDE_CODE_TOTAL_TOKENS_REMINDER: "off" };

/**
 * With a user's settings its sessions find each other. Since 2.1.248 `ListAgents` shows them, and a `SendMessage` stands in the
 * next request of another: no client of ours shall write there. `1` in the config's `env` opens that again.
 */
const PEERS = "CLAUDE_CODE_HARBOR_KITE";

/** Waits for the user's MCP servers before the first request, which is the list of the session (2.1.197, 2.1.332). */
const ALL_SERVERS = { MCP_CONNECTION_NONBLOCKING: "0" };
/** Its model's way to wait for a server that is late: what comes then is in no list of ours (2.1.332). */
const WAIT_FOR_SERVERS = "WaitForMcpServers";

/** What a user's settings may hold that goes before our key (2.1.197, 2.1.332). */
const NO_OTHER_KEY = {
  ANTHROPIC_API_KEY: "",
  ANTHROPIC_AUTH_TOKEN: "",
  ANTHROPIC_CUSTOM_HEADERS: "",
  CLAUDE_CODE_OAUTH_TOKEN: "",
};

/** Switches by which a user's settings may lead Claude Code to another vendor's API (some of them 2.1.332 only). */
const NO_OTHER_VENDOR = {
  CLAUDE_CODE_USE_ANTHROPIC_AWS: "0",
  CLAUDE_CODE_USE_ANTHROPIC_GOOGLE_CLOUD: "0",
  CLAUDE_CODE_USE_BEDROCK: "0",
  CLAUDE_CODE_USE_FOUNDRY: "0",
  CLAUDE_CODE_USE_GATEWAY: "0",
  CLAUDE_CODE_USE_MANTLE: "0",
  CLAUDE_CODE_USE_VERTEX: "0",
};
