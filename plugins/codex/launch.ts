import { join } from "node:path";
import type {
  HarnessOptions,
  JsonObject,
  LaunchContext,
  LaunchPlan,
  Seat,
} from "../../src/plugin.ts";
import { MODEL } from "./catalog.ts";
import type { CodexFacts } from "./detect.ts";
import { telemetryConfig } from "./telemetry.ts";

/** The name of our model provider in the config of codex. */
export const PROVIDER = "h2m";
/** 24 hours in ms: no idle timer of codex ends a held turn before that. */
const DAY = 86_400_000;
/** How long codex gathers its telemetry before it posts it, in ms. */
const TELEMETRY_DELAY = "OTEL_BLRP_SCHEDULE_DELAY";

/** The launch of `codex app-server` 0.169, as measured: no network but ours, no file but in `home`. */
export function prepareCodex(context: LaunchContext): LaunchPlan {
  const { install, options, home, origin, token } = context;
  const { model } = (install.facts ?? {}) as CodexFacts;
  // A model that the user chose has its entry in the catalog of codex itself.
  const own = options.model === undefined ? model : undefined;
  const folder = join(home, "codex");
  const config = configText(options.model ?? MODEL, own && join(folder, "models.json"));
  return {
    command: install.command,
    args: ["app-server"],
    env: { CODEX_HOME: folder, [TELEMETRY_DELAY]: "1" },
    files: {
      "codex/config.toml": `${config}\n${telemetryConfig(origin, token)}`,
      ...(own ? { "codex/models.json": JSON.stringify({ models: [own] }) } : {}),
    },
  };
}

/** `config.toml`: what holds for every seat. JSON strings are TOML strings. */
function configText(model: string, catalog: string | undefined): string {
  return `model = ${JSON.stringify(model)}
${catalog === undefined ? "" : `model_catalog_json = ${JSON.stringify(catalog)}`}
approval_policy = "never"
sandbox_mode = "danger-full-access"
check_for_update_on_startup = false
# The thread of a seat that was closed is let go at once.
thread_unload_delay_secs = 0
# The instructions of the project are for a model.
project_doc_max_bytes = 0

[analytics]
enabled = false

[history]
persistence = "none"

[features]
plugins = false
apps = false
shell_snapshot = false
# Its tools refuse to work in a thread that is not kept on disk.
goals = false

# Tools see the user's environment, and nothing that only codex needs.
[shell_environment_policy]
inherit = "all"
ignore_default_excludes = true
exclude = ["CODEX_HOME", "${TELEMETRY_DELAY}"]
`;
}

/** The user wants the goal tools: `args: ["--enable", "goals"]`. */
export function keepsThreads({ args = [] }: HarnessOptions): boolean {
  return args.some((arg, place) => arg === "goals" && args[place - 1] === "--enable");
}

/** `thread/start` for one seat: its key is in the memory of codex alone, in no environment and no argument. */
export function threadOf(seat: Seat, { origin, options }: LaunchContext): JsonObject {
  const provider = {
    name: PROVIDER,
    base_url: `${origin}/v1`,
    wire_api: "responses",
    experimental_bearer_token: seat.token,
    stream_idle_timeout_ms: DAY,
    request_max_retries: 2,
    stream_max_retries: 2,
  };
  return {
    cwd: seat.cwd,
    modelProvider: PROVIDER,
    approvalPolicy: "never",
    sandbox: "danger-full-access",
    // Measured on 0.169: a thread on disk makes a patch cost 12 ms of CPU instead of 3. Its file lies in the private folder.
    ephemeral: !keepsThreads(options),
    config: {
      [`model_providers.${PROVIDER}`]: provider,
      ...(seat.env ? { "shell_environment_policy.set": seat.env } : {}),
    },
  };
}
