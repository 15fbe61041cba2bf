import type { LaunchContext, LaunchPlan } from "harness-to-mcp/plugin";
import { hiddenFrom } from "./shell.ts";

/** A name of no family: Copilot 1.0.102 gives it `bash`, `view`, `create`, `edit`, `grep` and `glob`. */
const MODEL = "h2m";
/** Large: no request is given up, and no output goes into a file. Milliseconds, and bytes. */
const MUCH = "1000000000";
const KEY = "key";
const SHELL = "shell.sh";

/** What only a model can do. */
const EXCLUDED = ["task", "read_agent", "list_agents", "write_agent"];

/** The launch of Copilot CLI 1.0.102, as measured: no network but ours, no file but in `home`. */
export function prepareCopilot(context: LaunchContext): LaunchPlan {
  const { install, options, prompt, home, origin, token } = context;
  const env = {
    COPILOT_OFFLINE: "true",
    COPILOT_HOME: home,
    // The program unpacks itself there.
    COPILOT_CACHE_HOME: `${home}/cache`,
    // And writes an id of the machine there.
    XDG_CACHE_HOME: `${home}/cache`,
    NODE_DISABLE_COMPILE_CACHE: "1",
    COPILOT_PROVIDER_TYPE: "anthropic",
    COPILOT_PROVIDER_BASE_URL: origin,
    // A file, not the environment: commands inherit that.
    COPILOT_PROVIDER_API_KEY_COMMAND: `cat '${home}/${KEY}'`,
    COPILOT_MODEL: options.model ?? MODEL,
    COPILOT_NATIVE_HTTP_TIMEOUT_MS: MUCH,
    COPILOT_LARGE_OUTPUT_THRESHOLD_BYTES: MUCH,
    BASH_ENV: `${home}/${SHELL}`,
  };
  return {
    command: install.command,
    args: [
      "--yolo",
      "--silent",
      "--no-ask-user",
      "--no-auto-update",
      "--no-custom-instructions",
      "--disable-builtin-mcps",
      "--disable-client-telemetry",
      "--bash-env",
      "on",
      `--excluded-tools=${EXCLUDED.join(",")}`,
      "--prompt",
      prompt,
    ],
    env: { ...env, ...NOT_THE_USERS },
    files: {
      [KEY]: token,
      [SHELL]: hiddenFrom(Object.keys(env), install.facts),
    },
  };
}

/** Variables that would lead it elsewhere, or make it trust what lies in the folder. */
const NOT_THE_USERS = {
  COPILOT_ALLOW_ALL: undefined,
  COPILOT_PROVIDER_API_KEY: undefined,
  COPILOT_PROVIDER_BEARER_TOKEN: undefined,
  COPILOT_PROVIDER_HEADERS: undefined,
  COPILOT_PROVIDER_MODEL_ID: undefined,
  COPILOT_PROVIDER_WIRE_MODEL: undefined,
  COPILOT_PROVIDERS_CONFIG: undefined,
  COPILOT_OTEL_ENABLED: undefined,
  OTEL_EXPORTER_OTLP_ENDPOINT: undefined,
};
