// One fixture harness, as a user's config would bring it.
import { join } from "node:path";
import { defineConfig, defineHarness, definePlugin } from "harness-to-mcp";

const PROGRAM = new URL("fixture-harness.mjs", import.meta.url).pathname;

const fixture = definePlugin({
  name: "fixture",
  harnesses: [
    defineHarness({
      name: "fixture",
      api: "messages",
      detect: () => ({ command: process.execPath, version: "1.0.0" }),
      prepare: ({ install, origin, token, prompt, home }) => ({
        command: install.command,
        args: [PROGRAM],
        env: { FIXTURE_CONFIG: join(home, "fixture.json") },
        files: { "fixture.json": JSON.stringify({ origin, token, prompt }) },
      }),
      // The driver passes on progress, and a result that no LLM API has the blocks for; all others take the way through the API.
      drive: (host) => {
        const calls = new Map();
        host.onLine((line) => {
          const { progress, result } = JSON.parse(line);
          if (progress) calls.get(progress.callId)?.progress(progress.output);
          if (!result) return;
          calls.get(result.callId)?.settle(result.result);
          calls.delete(result.callId);
        });
        const send = (_seat, call, out) => {
          calls.set(call.id, out);
          return { call };
        };
        return { seats: 1, open: async () => {}, send };
      },
    }),
  ],
});

export default defineConfig({
  plugins: [fixture],
  harnesses: ["fixture"],
  catalog: false,
  // The suite wants every keyword of a schema shown, also those that LLM APIs refuse at its top.
  tools: { portable: false, confirm: ["test_elicitation", "test_input_required_result_*"] },
});
