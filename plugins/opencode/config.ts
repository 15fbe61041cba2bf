import { join } from "node:path";
import type { LaunchContext } from "../../src/plugin.ts";

/** The provider that OpenCode is told of, and the model it has without `options.model`. */
export const PROVIDER = "h2m";
const MODEL = "h2m";

/** The model's name inside the provider. */
export function modelOf({ options }: Pick<LaunchContext, "options">): string {
  return options.model ?? MODEL;
}

/** Where the shell shim stands below `home`: OpenCode goes by the file's name to know how to call it. */
export const SHELL_FILE = join("shell", "bash");

/** Below `home`: a file for each session, with what its tools have in their environment beside the user's. */
export const SEATS_FOLDER = "seats";

/** OpenCode's own config file, as 1.18.33 reads it. It holds the key, so that no environment has to. */
export function opencodeConfig(context: LaunchContext): object {
  const { home, options, origin, token } = context;
  return {
    model: `${PROVIDER}/${modelOf(context)}`,
    small_model: `${PROVIDER}/${modelOf(context)}`,
    enabled_providers: [PROVIDER],
    shell: join(home, SHELL_FILE),
    ...(options.permissions === "harness" ? {} : { permission: { "*": "allow" } }),
    // What is refused is a result like any other.
    experimental: { continue_loop_on_deny: true },
    share: "disabled",
    autoupdate: false,
    snapshot: false,
    // No program runs but those that the tools are asked for.
    lsp: false,
    formatter: false,
    compaction: { auto: false, prune: false },
    // An image is passed as it is, however large: what it is good for is the client's business.
    attachment: { image: { auto_resize: false, ...LARGEST_IMAGE } },
    provider: {
      [PROVIDER]: {
        // Over this API results carry an error flag and their own images.
        npm: "@ai-sdk/anthropic",
        name: "h2m",
        options: { baseURL: `${origin}/v1`, apiKey: token, ...NO_TIMEOUTS },
        models: { [modelOf(context)]: MODEL_FACTS },
      },
    },
  };
}

/**
 * `timeout` alone does not keep a silent request open (1.18.33): all three do. `chunkTimeout` has to be a number of ms for
 * 1.18.14; this is the longest that a timer takes, 24 days.
 */
export const NO_TIMEOUTS = { timeout: false, headerTimeout: false, chunkTimeout: 2_147_483_647 };

/** Without the modalities the media in a result are replaced by an error text. */
export const MODEL_FACTS = {
  name: "h2m",
  tool_call: true,
  attachment: true,
  modalities: { input: ["text", "image", "pdf"], output: ["text"] },
};

const LARGEST_IMAGE = { max_width: 100_000, max_height: 100_000, max_base64_bytes: 1_000_000_000 };
