import type { Client } from "@modelcontextprotocol/client";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CONNECT, World } from "./world.ts";

interface Case {
  /** Settings of the user that deny `touch`, by their path below HOME. */
  readonly files: Readonly<Record<string, string>>;
  /** The shell tool, and a call of it. */
  readonly tool: string;
  call(command: string): Record<string, unknown>;
  readonly env?: Record<string, string>;
}

const CASES: Record<string, Case> = {
  claude: {
    files: {
      ".claude/settings.json": JSON.stringify({
        // Settings of the user that would lead away from h2m.
        env: { ANTHROPIC_BASE_URL: "http://127.0.0.1:9", CLAUDE_CODE_USE_BEDROCK: "1" },
        apiKeyHelper: "echo another-key",
        permissions: { deny: ["Bash(touch:*)"], allow: ["Bash(mkdir:*)"] },
      }),
    },
    tool: "Bash",
    call: (command) => ({ command }),
  },
  codex: {
    files: {
      ".codex/config.toml": `model_provider = "another"
sandbox_mode = "danger-full-access"
approval_policy = "on-request"

[model_providers.another]
name = "another"
base_url = "http://127.0.0.1:9/v1"
wire_api = "responses"

[otel]
exporter = "none"
`,
      ".codex/rules/default.rules": 'prefix_rule(pattern=["touch"], decision="forbidden")\n',
    },
    tool: "exec_command",
    call: (cmd) => ({ cmd, login: false }),
  },
  opencode: {
    files: {
      "xdg-config/opencode/opencode.json": JSON.stringify({
        model: "another/model",
        enabled_providers: ["another"],
        permission: { bash: { "*": "allow", "touch *": "deny", "rmdir *": "ask" } },
      }),
    },
    tool: "bash",
    call: (command) => ({ command, description: "for the test" }),
    // It looks for a package of its own, and no npm registry can be reached here.
    env: { npm_config_registry: "http://127.0.0.1:9", npm_config_fetch_retries: "0" },
  },
};

describe.each(Object.entries(CASES))(
  "%s with settings of the user",
  (harness, { files, tool, call, env }) => {
    let world: World;

    beforeEach(async () => {
      world = await World.create();
      for (const [name, text] of Object.entries(files)) {
        await mkdir(dirname(join(world.home, name)), { recursive: true });
        await writeFile(join(world.home, name), text);
      }
    });
    afterEach(() => world.end());

    const run = async (client: Client, command: string) =>
      client.callTool({ name: tool, arguments: call(command) });

    it(
      "obeys what they deny, and is still driven by h2m",
      async () => {
        const options = { settings: "user", permissions: "harness", env } as const;
        await world.serve({ harnesses: { [harness]: options } });
        const client = await world.client();

        const denied = await run(client, "touch denied");
        const allowed = await run(client, "mkdir allowed");
        // Only OpenCode's settings here say that a person is to be asked.
        const asked = harness === "opencode" ? await run(client, "rmdir allowed") : denied;

        expect([denied.isError, allowed.isError ?? false, asked.isError]).toEqual([
          true,
          false,
          true,
        ]);
        expect(await readdir(world.project)).toEqual(["allowed"]);
      },
      CONNECT + 60_000,
    );

    it(
      "does not see them unless it is told to",
      async () => {
        await world.serve({ harnesses: [harness] });

        const result = await run(await world.client(), "touch made");

        expect(result.isError ?? false).toBe(false);
        expect(await readdir(world.project)).toEqual(["made"]);
      },
      CONNECT + 60_000,
    );
  },
);
