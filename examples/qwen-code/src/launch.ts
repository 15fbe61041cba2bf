import type { LaunchContext, LaunchPlan } from "harness-to-mcp/plugin";

/** A name of no family: qwen-code 0.15 has no rules of its own for it. */
const MODEL = "h2m";
/** Milliseconds that a request may wait for the head of its answer. */
const DAY = 86_400_000;
/** Below `home`. It stands above the user's settings and those of the folder. */
const SETTINGS = "h2m.json";

/** What only a model can do, and `monitor`, which tells what it sees between turns: there is nothing between them here. */
const DENIED = ["agent", "send_message", "web_fetch", "monitor"];

/** The launch of qwen-code 0.15.10, as measured: no network but ours, no file but in `home`. */
export function prepareQwen(context: LaunchContext): LaunchPlan {
  const { install, prompt, home } = context;
  return {
    command: install.command,
    args: [
      "--yolo",
      "--output-format",
      "stream-json",
      // Neither servers nor extensions of the project: a name that nothing has.
      "--allowed-mcp-server-names",
      "none",
      "--extensions",
      "none",
      "--prompt",
      prompt,
    ],
    env: {
      QWEN_HOME: home,
      QWEN_RUNTIME_DIR: home,
      QWEN_CODE_SYSTEM_SETTINGS_PATH: `${home}/${SETTINGS}`,
      // Empty, they say nothing, and no `.env` of the folder can fill them: the key stands in a file.
      OPENAI_API_KEY: "",
      OPENAI_BASE_URL: "",
      OPENAI_MODEL: "",
      // One process, which is the one that h2m ends; it warms up no connection to its vendor.
      QWEN_CODE_NO_RELAUNCH: "true",
      QWEN_CODE_DISABLE_PRECONNECT: "1",
      QWEN_SANDBOX: undefined,
    },
    files: { [SETTINGS]: JSON.stringify(settingsOf(context)) },
  };
}

function settingsOf({ options, origin, token }: LaunchContext): object {
  return {
    $version: 4,
    security: {
      auth: { selectedType: "openai", apiKey: token, baseUrl: `${origin}/v1` },
      folderTrust: { enabled: false },
    },
    privacy: { usageStatisticsEnabled: false },
    telemetry: { enabled: false },
    general: {
      enableAutoUpdate: false,
      chatRecording: false,
      // What a command does to git is the caller's business.
      gitCoAuthor: { commit: false, pr: false },
    },
    model: {
      name: options.model ?? MODEL,
      skipNextSpeakerCheck: true,
      // Equal calls one after another are no loop here: clients make them.
      skipLoopDetection: true,
      skipStartupContext: true,
      generationConfig: {
        // Without these it leaves the media of a file out of its result.
        modalities: { image: true, pdf: true, audio: true, video: true },
        timeout: DAY,
        maxRetries: 0,
      },
    },
    permissions: { deny: DENIED },
    memory: { enableManagedAutoMemory: false },
    context: { clearContextOnIdle: { toolResultsThresholdMinutes: -1 } },
    tools: {
      truncateToolOutputThreshold: -1,
      shell: { enableInteractiveShell: false },
    },
    disableAllHooks: true,
    ide: { enabled: false },
  };
}
