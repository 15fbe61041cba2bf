import type { LaunchContext, LaunchPlan } from "harness-to-mcp/plugin";

/** A name of no family: gemini-cli 0.61 takes it as it is, and asks no other model which one to use. */
const MODEL = "h2m";
/** 24 hours in seconds: no command is ended for being quiet. */
const DAY = 86_400;

/** What only a model can do; a tool that is denied is not listed. */
const POLICY = `[[rule]]
toolName = ["google_web_search", "invoke_agent"]
decision = "deny"
priority = 999
`;

const SETTINGS = {
  security: { auth: { selectedType: "gemini-api-key" } },
  privacy: { usageStatisticsEnabled: false },
  telemetry: { enabled: false },
  general: {
    enableAutoUpdate: false,
    enableAutoUpdateNotification: false,
    topicUpdateNarration: false,
    plan: { enabled: false },
    sessionRetention: { enabled: false },
  },
  // Equal calls one after another are no loop here: clients make them.
  model: { disableLoopDetection: true, skipNextSpeakerCheck: true },
  tools: {
    truncateToolOutputThreshold: 0,
    shell: { enableInteractiveShell: false, inactivityTimeout: DAY },
  },
  // Else web_fetch hands the page to a model.
  experimental: { directWebFetch: true },
  context: { includeDirectoryTree: false },
  advanced: { ignoreLocalEnv: true },
  hooksConfig: { enabled: false },
  ide: { enabled: false },
};

/** The launch of gemini-cli 0.61.0, as measured: no network but ours, no file but in `home`. */
export function prepareGemini(context: LaunchContext): LaunchPlan {
  const { install, options, prompt, home, origin, token } = context;
  return {
    command: install.command,
    args: [
      "--yolo",
      "--output-format",
      "stream-json",
      "--model",
      options.model ?? MODEL,
      // Neither servers nor extensions of the project: a name that nothing has.
      "--allowed-mcp-server-names",
      "none",
      "--extensions",
      "none",
      "--prompt",
      prompt,
    ],
    env: {
      GOOGLE_GEMINI_BASE_URL: origin,
      GEMINI_API_KEY: token,
      GEMINI_CLI_HOME: home,
      // Headless, it ends in a folder that nobody said to trust.
      GEMINI_CLI_TRUST_WORKSPACE: "true",
      // One process, which is the one that h2m ends.
      GEMINI_CLI_NO_RELAUNCH: "true",
    },
    files: {
      ".gemini/settings.json": JSON.stringify(SETTINGS),
      ".gemini/policies/h2m.toml": POLICY,
    },
  };
}
