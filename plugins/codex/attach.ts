import { noProxyWords } from "../../src/plugin.ts";
import { withAddresses } from "./environment.ts";

/**
 * A model of codex 0.169 that lists its tools one by one, `apply_patch` among them: the newest hide theirs in a script runner.
 * Where a later codex does not know it, only `apply_patch` is missing.
 */
const MODEL = "gpt-5.5";

/** The line by which a user starts codex against h2m; a subcommand such as `exec` may follow it. */
export function attachCodex({ origin, key }: { origin: string; key: string }): string {
  const provider = [
    'name="h2m"',
    `base_url="${origin}/v1"`,
    'env_key="H2M_KEY"',
    'wire_api="responses"',
    "stream_idle_timeout_ms=86400000",
  ];
  const settings = [
    `model="${MODEL}"`,
    'model_provider="h2m"',
    `model_providers.h2m={${provider.join(",")}}`,
    // The key is in the environment of codex, and not in that of its tools.
    'shell_environment_policy.exclude=["H2M_KEY"]',
  ];
  const words = [`H2M_KEY=${key}`, noProxyWords(withAddresses(process.env), origin), "codex"];
  return [...words, ...settings.map((setting) => `-c '${setting}'`)].join(" ");
}
