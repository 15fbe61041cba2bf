import { join } from "node:path";
import { stringifyTOML } from "confbox/toml";
import {
  type HarnessOptions,
  type JsonObject,
  type LaunchContext,
  type LaunchPlan,
  objectOf,
  type Seat,
} from "../../src/plugin.ts";
import { MODEL } from "./catalog.ts";
import type { CodexFacts } from "./detect.ts";
import { environmentOf, policyFor, telemetryOf, type Variables } from "./environment.ts";
import { telemetryConfig } from "./telemetry.ts";
import { CANARY_FILES, untrusted } from "./untrusted.ts";
import { laidOver, userConfig, userFolder, userLinks } from "./user-settings.ts";

/** The name of our model provider in the config of codex. */
export const PROVIDER = "h2m";
/** 24 hours in ms: no idle timer of codex ends a held turn before that. */
const DAY = 86_400_000;
/** The config of codex, below the private folder. */
export const CONFIG_FILE = "codex/config.toml";

/**
 * The launch of `codex app-server` 0.169, as measured. Isolated it reaches no network but ours and writes no file but in `home`.
 * @param own h2m's environment, which is the user's
 */
export function prepareCodex(
  context: LaunchContext<CodexFacts>,
  own: Variables = process.env,
): LaunchPlan {
  const { install, options, home, origin, token } = context;
  // A model that the user chose has its entry in the catalog of codex itself.
  const entry = options.model === undefined ? install.facts?.model : undefined;
  const folder = join(home, "codex");
  const ours = {
    model: options.model ?? MODEL,
    ...(entry ? { model_catalog_json: join(folder, "models.json") } : {}),
    ...permissionsOf(options),
    ...ALWAYS,
    otel: telemetryConfig(origin, token),
  };
  const user = { ...own, ...options.env };
  const theirs = isIsolated(options) ? undefined : userFolder(own);
  const config =
    theirs === undefined ? laidOver(ours, isolated(user)) : withUser(theirs, ours, user);
  return {
    command: install.command,
    args: ["app-server"],
    env: environmentOf(user, folder, origin),
    fixedEnv: telemetryOf(user),
    files: {
      [CONFIG_FILE]: stringifyTOML(config),
      ...(theirs === undefined ? CANARY_FILES : {}),
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

function isolated(user: Variables): JsonObject {
  return {
    // A skill of the project may ask for an MCP server, which codex would install where it has full access.
    features: { plugins: false, skill_mcp_dependency_install: false },
    // Tools see the user's environment.
    shell_environment_policy: {
      inherit: "all",
      ignore_default_excludes: true,
      ...policyFor(user),
    },
  };
}

function withUser(folder: string, ours: JsonObject, user: Variables): JsonObject {
  const theirs = userConfig(folder);
  const policy = policyFor(user, objectOf(theirs["shell_environment_policy"]));
  return laidOver(theirs, { ...ours, shell_environment_policy: policy });
}

/** Neither the user's own settings hold, nor those of the project. */
export function isIsolated({ settings }: HarnessOptions): boolean {
  return settings !== "user";
}

/**
 * Under the rules of codex the user's settings hold, or its own defaults: those of 0.169 for a folder that nobody has decided
 * on. They are said, because it has others for a folder that is not trusted.
 */
function permissionsOf(options: HarnessOptions): JsonObject {
  if (options.permissions !== "harness")
    return { approval_policy: "never", sandbox_mode: "danger-full-access" };
  return isIsolated(options) ? { approval_policy: "on-request", sandbox_mode: "read-only" } : {};
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
    // Codex lays it over the settings of the process, key by key.
    config: {
      model_providers: { [PROVIDER]: provider },
      shell_environment_policy: { set: seat.env ?? {} },
      ...(isIsolated(options) ? untrusted(seat.cwd) : {}),
    },
  };
}
