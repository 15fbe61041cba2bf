import type { LaunchContext, LaunchPlan } from "harness-to-mcp/plugin";

/** What pi calls us, as provider and as model. */
const NAME = "h2m";

/** The launch of pi 0.73.1, as measured: no network but ours, no file but in `home`. */
export function preparePi({ install, options, home, origin, token }: LaunchContext): LaunchPlan {
  const { model = NAME } = options;
  const provider = {
    api: "anthropic-messages",
    // pi adds `/v1/messages` itself.
    baseUrl: origin,
    apiKey: token,
    // Without `image` it would leave images out of results.
    models: [{ id: model, input: ["text", "image"], contextWindow: 1_000_000 }],
  };
  const settings = {
    // Each reply costs one token, so that nothing is ever compacted; and we are never overloaded.
    compaction: { enabled: false },
    retry: { enabled: false },
    images: { autoResize: false },
    // Before each command: what pi needs in its environment is not the user's.
    shellCommandPrefix: "unset PI_CODING_AGENT_DIR PI_OFFLINE",
  };
  return {
    command: install.command,
    args: [
      "--mode",
      "rpc",
      "--no-session",
      "--provider",
      NAME,
      "--model",
      model,
      "--thinking",
      "off",
      // The session of a user's own pi has these; this one has the tools and nothing else.
      "--no-extensions",
      "--no-skills",
      "--no-prompt-templates",
      "--no-themes",
      "--no-context-files",
    ],
    env: { PI_CODING_AGENT_DIR: home, PI_OFFLINE: "1" },
    files: {
      "models.json": JSON.stringify({ providers: { [NAME]: provider } }),
      "settings.json": JSON.stringify(settings),
    },
  };
}
