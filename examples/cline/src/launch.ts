import type { LaunchContext, LaunchPlan } from "harness-to-mcp/plugin";
import { environmentOf } from "./shell.ts";

const MODEL = "h2m";
const PROVIDER = "openai-compatible";
/** So many failed calls in a row end nothing: they are the caller's. */
const MANY = "1000000000";
const PROVIDERS = "settings/providers.json";
const SETTINGS = "settings/global-settings.json";
const SHELL = "shell.sh";

/** What only a model or a person can do. */
const DISABLED = [
  "ask_question",
  "spawn_agent",
  "team_attach_outcome_fragment",
  "team_await_runs",
  "team_broadcast",
  "team_cancel_run",
  "team_cleanup",
  "team_create_outcome",
  "team_finalize_outcome",
  "team_list_outcomes",
  "team_list_runs",
  "team_mission_log",
  "team_read_mailbox",
  "team_review_outcome_fragment",
  "team_run_task",
  "team_send_message",
  "team_shutdown_teammate",
  "team_spawn_teammate",
  "team_status",
  "team_task",
];

const GLOBAL_SETTINGS = {
  telemetryOptOut: true,
  autoUpdateEnabled: false,
  compactionEnabled: false,
  toolAutoApprove: true,
  disabledTools: DISABLED,
};

/** The launch of Cline 3.0.65, as measured: no network but ours, no process that stays, no file but in `home`. */
export function prepareCline(context: LaunchContext): LaunchPlan {
  const { install, prompt, home } = context;
  return {
    command: install.command,
    args: [
      "--json",
      "--auto-approve",
      "true",
      "--compaction",
      "off",
      "--retries",
      MANY,
      "--data-dir",
      home,
      "--config",
      `${home}/config`,
      "--hooks-dir",
      `${home}/hooks`,
      // One word alone it takes for a command.
      `Go on: ${prompt}`,
    ],
    env: {
      CLINE_DIR: home,
      CLINE_GLOBAL_SETTINGS_PATH: `${home}/${SETTINGS}`,
      // The session runs in the process itself: no hub is started, which would outlive it.
      CLINE_SESSION_BACKEND_MODE: "local",
      CLINE_MESSAGE_BUILDER_MAX_TOOL_RESULT_CHARS: MANY,
      CLINE_MESSAGE_BUILDER_MAX_TOTAL_TEXT_BYTES: MANY,
      // It would ask its vendor for flags, and has no other switch for that.
      E2E_TEST: "true",
      BASH_ENV: `${home}/${SHELL}`,
      // Without it a bash whose input is a socket believes that it serves a remote login, and reads other files.
      SHLVL: "1",
      CLINE_API_KEY: undefined,
    },
    files: {
      [PROVIDERS]: JSON.stringify(providersOf(context)),
      [SETTINGS]: JSON.stringify(GLOBAL_SETTINGS),
      [SHELL]: environmentOf(install.facts),
    },
  };
}

function providersOf({ options, origin, token }: LaunchContext): object {
  const settings = {
    provider: PROVIDER,
    apiKey: token,
    model: options.model ?? MODEL,
    baseUrl: `${origin}/v1`,
  };
  const entry = { settings, updatedAt: "2026-01-01T00:00:00.000Z", tokenSource: "manual" };
  return {
    version: 1,
    lastUsedProvider: PROVIDER,
    modes: {},
    providers: { [PROVIDER]: entry },
  };
}
