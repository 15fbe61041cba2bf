import type { CallToolResult, Client } from "@modelcontextprotocol/client";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { inThisRun } from "./versions.ts";
import { CONNECT, until, World } from "./world.ts";

interface Case {
  /** Settings of the user that deny `touch`, by their path below HOME. */
  readonly files: Readonly<Record<string, string>>;
  /** Settings that bring an MCP server whose tool asks a person, by their path below HOME. */
  readonly asker: Readonly<Record<string, string>>;
  /** What a call of that tool says, by `permissions`. */
  readonly questions: { readonly bypass: RegExp; readonly harness: RegExp };
  /** The shell tool, and a call of it. */
  readonly tool: string;
  call(command: string): Record<string, unknown>;
  readonly env?: Record<string, string>;
}

const ASKER = { command: process.execPath, args: [join(import.meta.dirname, "asker.mjs")] };

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
    asker: { ".claude.json": JSON.stringify({ mcpServers: { asker: ASKER } }) },
    questions: {
      bypass: /^answered: decline\n.*`asker` asked a person: "Which colour\?" .* h2m declined\.$/,
      // Nobody allowed it, so it does not come to a question.
      harness: /requested permissions to use mcp__asker__ask/,
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
    asker: {
      ".codex/config.toml": `[mcp_servers.asker]
command = ${JSON.stringify(ASKER.command)}
args = ${JSON.stringify(ASKER.args)}
`,
    },
    questions: {
      bypass: /Output:\nanswered: decline/,
      harness: /user rejected MCP tool call\n.*"Allow the asker MCP server .* h2m declined\.$/,
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
    asker: {
      "xdg-config/opencode/opencode.json": JSON.stringify({
        mcp: { asker: { type: "local", command: [ASKER.command, ...ASKER.args] } },
      }),
    },
    // It tells its MCP servers that it cannot ask.
    questions: { bypass: /^answered: it cannot ask$/, harness: /^answered: it cannot ask$/ },
    tool: "bash",
    call: (command) => ({ command, description: "for the test" }),
    // It looks for a package of its own, and no npm registry can be reached here.
    env: { npm_config_registry: "http://127.0.0.1:9", npm_config_fetch_retries: "0" },
  },
};

describe.each(inThisRun(Object.entries(CASES)))(
  "%s with settings of the user",
  (harness, { files, asker, questions, tool, call, env }) => {
    let world: World;

    const put = async (texts: Readonly<Record<string, string>>) => {
      for (const [name, text] of Object.entries(texts)) {
        await mkdir(dirname(join(world.home, name)), { recursive: true });
        await writeFile(join(world.home, name), text);
      }
    };

    beforeEach(async () => {
      world = await World.create();
      await put(files);
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

    it.each(Object.entries(questions))(
      "gets an answer at once to a question of an MCP server, and says so (permissions: %s)",
      async (permissions, said) => {
        await put(asker);
        const rules = permissions as keyof typeof questions;
        const options = { settings: "user", permissions: rules, env } as const;
        await world.serve({ harnesses: { [harness]: options } });
        const client = await world.client();
        // Its tools may come a moment after the others.
        const ask = async () =>
          (await client.listTools()).tools.find(({ name }) => /asker_+ask$/.test(name));
        await until("they are listed", CONNECT, async () => (await ask()) !== undefined);

        // Without an answer it would take as long as the client, or `timeouts.call`, waits.
        const call = client.callTool({ name: (await ask())?.name ?? "", arguments: {} });
        const { content } = (await call) as CallToolResult;

        expect(
          content.map((block) => (block.type === "text" ? block.text : "")).join("\n"),
        ).toMatch(said);
      },
      CONNECT + 90_000,
    );
  },
);
