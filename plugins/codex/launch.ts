import { join } from "node:path";
import { stringifyTOML } from "confbox/toml";
import {
  arrayOf,
  type HarnessOptions,
  type JsonObject,
  type LaunchContext,
  type LaunchPlan,
  objectOf,
  type Seat,
} from "../../src/plugin.ts";
import { MODEL } from "./catalog.ts";
import type { CodexFacts } from "./detect.ts";
import { telemetryConfig } from "./telemetry.ts";
import { laidOver, userConfig, userFolder, userLinks } from "./user-settings.ts";

type Variables = Readonly<Record<string, string | undefined>>;

/** The name of our model provider in the config of codex. */
export const PROVIDER = "h2m";
/** 24 hours in ms: no idle timer of codex ends a held turn before that. */
const DAY = 86_400_000;
/** How long codex gathers its telemetry before it posts it, in ms. */
const TELEMETRY_DELAY = "OTEL_BLRP_SCHEDULE_DELAY";

/**
 * The launch of `codex app-server` 0.169, as measured. Isolated it reaches no network but ours and writes no file but in `home`.
 * @param own h2m's environment, which is the user's
 */
export function prepareCodex(context: LaunchContext, own: Variables = process.env): LaunchPlan {
  const { install, options, home, origin, token } = context;
  const { model } = (install.facts ?? {}) as CodexFacts;
  // A model that the user chose has its entry in the catalog of codex itself.
  const entry = options.model === undefined ? model : undefined;
  const folder = join(home, "codex");
  const ours = {
    model: options.model ?? MODEL,
    ...(entry ? { model_catalog_json: join(folder, "models.json") } : {}),
    ...permissionsOf(options),
    ...ALWAYS,
    otel: telemetryConfig(origin, token),
  };
  const theirs = options.settings === "user" ? userFolder(own) : undefined;
  const config = theirs === undefined ? { ...ours, ...ISOLATED } : withUser(theirs, ours);
  return {
    command: install.command,
    args: ["app-server"],
    env: { CODEX_HOME: folder, [TELEMETRY_DELAY]: "1" },
    files: {
      "codex/config.toml": stringifyTOML(config),
      ...(entry ? { "codex/models.json": JSON.stringify({ models: [entry] }) } : {}),
    },
    links: theirs === undefined ? {} : userLinks(theirs, "codex"),
  };
}

/** What nobody may change without h2m losing its hold. */
const ALWAYS = {
  check_for_update_on_startup: false,
  // The thread of a seat that was closed is let go at once.
  thread_unload_delay_secs: 0,
  // The instructions of the project are for a model.
  project_doc_max_bytes: 0,
  analytics: { enabled: false },
  history: { persistence: "none" },
  // The goal tools refuse to work in a thread that is not kept on disk.
  features: { apps: false, shell_snapshot: false, goals: false },
};

/** Needed by codex only: its tools do not see it. */
const NOT_FOR_TOOLS = ["CODEX_HOME", TELEMETRY_DELAY];

const ISOLATED = {
  features: { ...ALWAYS.features, plugins: false },
  // Tools see the user's environment.
  shell_environment_policy: {
    inherit: "all",
    ignore_default_excludes: true,
    exclude: NOT_FOR_TOOLS,
  },
};

function withUser(folder: string, ours: JsonObject): JsonObject {
  const theirs = userConfig(folder);
  const policy = objectOf(theirs["shell_environment_policy"]);
  const exclude = [...(arrayOf(policy?.["exclude"]) ?? []), ...NOT_FOR_TOOLS];
  return laidOver(theirs, { ...ours, shell_environment_policy: { exclude } });
}

/** Under the rules of codex nothing is said of them: then its own defaults hold, or the user's settings. */
function permissionsOf({ permissions }: HarnessOptions): JsonObject {
  return permissions === "harness"
    ? {}
    : { approval_policy: "never", sandbox_mode: "danger-full-access" };
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
    ...(options.permissions === "harness"
      ? {}
      : { approvalPolicy: "never", sandbox: "danger-full-access" }),
    // Measured on 0.169: a thread on disk makes a patch cost 12 ms of CPU instead of 3. Its file lies in the private folder.
    ephemeral: !keepsThreads(options),
    config: {
      [`model_providers.${PROVIDER}`]: provider,
      ...environmentOf(seat),
    },
  };
}

/** Name by name, so that the user's own settings keep theirs. */
function environmentOf({ env = {} }: Seat): JsonObject {
  const entries = Object.entries(env);
  return Object.fromEntries(
    entries.map(([name, value]) => [`shell_environment_policy.set.${name}`, value]),
  );
}
