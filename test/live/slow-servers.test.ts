import type { CallToolResult } from "@modelcontextprotocol/client";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { textOf } from "../../src/plugin.ts";
import { inThisRun } from "./versions.ts";
import { CONNECT, World } from "./world.ts";

interface Program {
  readonly command: string;
  readonly args: readonly string[];
}

interface Case {
  /** The user's settings with an MCP server `slow`: their path below HOME, and their text. */
  settings(slow: Program): readonly [path: string, text: string];
  /** How the harness calls the tool of that server. */
  readonly tool: string;
  readonly env?: Record<string, string>;
}

const CASES: Record<string, Case> = {
  claude: {
    settings: (slow) => [".claude.json", JSON.stringify({ mcpServers: { slow } })],
    tool: "mcp__slow__hello",
  },
  codex: {
    settings: ({ command, args }) => [
      ".codex/config.toml",
      `[mcp_servers.slow]\ncommand = ${JSON.stringify(command)}\nargs = ${JSON.stringify(args)}\n`,
    ],
    tool: "mcp__slow_hello",
  },
  opencode: {
    settings: ({ command, args }) => [
      "xdg-config/opencode/opencode.json",
      JSON.stringify({
        mcp: {
          slow: { type: "local", command: [command, ...args] },
          unwanted: { type: "local", command: [command, ...args], enabled: false },
        },
      }),
    ],
    tool: "slow_hello",
    // It looks for a package of its own, and no npm registry can be reached here.
    env: { npm_config_registry: "http://127.0.0.1:9", npm_config_fetch_retries: "0" },
  },
};

describe.each(inThisRun(Object.entries(CASES)))(
  "%s and an MCP server of the user's",
  (harness, { settings, tool, env }) => {
    let world: World;

    beforeEach(async () => {
      world = await World.create();
    });
    afterEach(() => world.end());

    /** The names of the first list. */
    const listed = async (...args: string[]) => {
      const script = join(import.meta.dirname, "slow-server.mjs");
      const [path, text] = settings({ command: process.execPath, args: [script, ...args] });
      await mkdir(dirname(join(world.home, path)), { recursive: true });
      await writeFile(join(world.home, path), text);
      await world.serve({ harnesses: { [harness]: { settings: "user", env } } });
      const client = await world.client();
      const { tools } = await client.listTools(undefined, { timeout: CONNECT });
      return { client, names: tools.map(({ name }) => name) };
    };
    const ofServers = (names: string[]) => names.filter((name) => /hello/.test(name));

    it.each(["3000", "8000"])(
      "that needs %s ms: its tool is in the first list, and can be called",
      async (ms) => {
        const { client, names } = await listed(ms);

        expect(ofServers(names)).toEqual([tool]);
        const result = (await client.callTool({ name: tool, arguments: {} })) as CallToolResult;
        expect(textOf(result)).toContain("hello at last");
        expect(world.troubles).toEqual([]);
      },
      CONNECT + 60_000,
    );

    it(
      "that never comes up: the others are listed, and what is missing is told",
      async () => {
        const { names } = await listed();

        expect(ofServers(names)).toEqual([]);
        expect(names.length).toBeGreaterThan(5);
        expect(world.troubles).toEqual([
          expect.stringMatching(/not listed: `slow` \(had not started after \d+ s\)/),
        ]);
      },
      CONNECT + 60_000,
    );
  },
);
