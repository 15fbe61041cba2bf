import { MODEL_FACTS, NO_TIMEOUTS, PROVIDER } from "./config.ts";

/** The shell line that starts OpenCode against h2m. `key` is a shell word. */
export function attachLine({ origin, key }: { origin: string; key: string }): string {
  const config = {
    model: `${PROVIDER}/h2m`,
    provider: {
      [PROVIDER]: {
        npm: "@ai-sdk/openai-compatible",
        name: "h2m",
        options: { baseURL: `${origin}/v1`, apiKey: "{env:H2M_KEY}", ...NO_TIMEOUTS },
        models: { h2m: MODEL_FACTS },
      },
    },
  };
  return `H2M_KEY=${key} OPENCODE_CONFIG_CONTENT='${JSON.stringify(config)}' opencode`;
}
