import { Client as ClientV1 } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport as StdioV1 } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport as HttpV1 } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import {
  Client as ClientV2,
  StreamableHTTPClientTransport as HttpV2,
} from "@modelcontextprotocol/client";
import { execa } from "execa";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ROOT } from "./setup.ts";
import { versionOf } from "./versions.ts";
import { World } from "./world.ts";

const info = { name: "live-test", version: "1" };

describe.runIf(versionOf("claude"))("real MCP clients reach a real Claude Code", () => {
  let world: World;
  let url: URL;
  const requestInit = { headers: { authorization: "Bearer mcp-token-1" } };

  beforeAll(async () => {
    world = await World.create();
    await world.serve({ harnesses: ["claude"] });
    url = new URL(world.h2m.mcpUrl);
  });

  afterAll(async () => {
    await world.end();
  });

  it("serves the SDK's v1 client", async () => {
    const client = new ClientV1(info);
    await client.connect(new HttpV1(url, { requestInit }));

    const { tools } = await client.listTools();
    const result = await client.callTool({ name: "Bash", arguments: { command: "echo v1" } });

    expect(tools.map(({ name }) => name)).toContain("Bash");
    expect(result.content).toEqual([{ type: "text", text: "v1" }]);
    await client.close();
  });

  it("serves the SDK's v2 client in the 2026-07-28 revision", async () => {
    const client = new ClientV2(info, { versionNegotiation: { mode: "auto" } });
    await client.connect(new HttpV2(url, { requestInit }));

    const { tools } = await client.listTools();
    const result = await client.callTool({ name: "Bash", arguments: { command: "echo v2" } });

    expect(client.getProtocolEra()).toBe("modern");
    expect(tools.map(({ name }) => name)).toContain("Bash");
    expect(result.content).toEqual([{ type: "text", text: "v2" }]);
    await client.close();
  });

  it("serves two clients over stdio at once", async () => {
    const args = [join(ROOT, "dist/cli.mjs"), "--stdio", "claude", "--no-config"];
    const start = async () => {
      const client = new ClientV1(info);
      const env = process.env as Record<string, string>;
      await client.connect(
        new StdioV1({ command: "node", args, cwd: world.project, env, stderr: "ignore" }),
      );
      return client;
    };
    const clients = await Promise.all([start(), start()]);

    const results = await Promise.all(
      clients.map((client, i) =>
        client.callTool({ name: "Bash", arguments: { command: `echo stdio ${i}` } }),
      ),
    );

    expect(results.map(({ content }) => content)).toEqual([
      [{ type: "text", text: "stdio 0" }],
      [{ type: "text", text: "stdio 1" }],
    ]);
    for (const client of clients) await client.close();
  });

  it("is connected for `claude mcp list`", async () => {
    const env = {
      CLAUDE_CONFIG_DIR: join(world.root, "claude-client"),
      ANTHROPIC_API_KEY: undefined,
    };
    await mkdir(env.CLAUDE_CONFIG_DIR);
    const options = { cwd: world.project, env, all: true } as const;
    const header = "Authorization: Bearer mcp-token-1";
    await execa(
      "claude",
      ["mcp", "add", "--transport", "http", "h2m", url.href, "--header", header],
      options,
    );

    const { all } = await execa("claude", ["mcp", "list"], options);

    expect(all).toMatch(/h2m.*Connected/);
  });

  it.runIf(versionOf("opencode"))(
    "is connected for `opencode mcp list`",
    async () => {
      const config = join(world.root, "opencode.json");
      await writeFile(
        config,
        JSON.stringify({
          mcp: {
            h2m: {
              type: "remote",
              url: url.href,
              headers: { Authorization: "Bearer mcp-token-1" },
            },
          },
        }),
      );
      const data = join(world.root, "opencode-client");
      const env = {
        OPENCODE_CONFIG: config,
        OPENCODE_DISABLE_MODELS_FETCH: "1",
        OPENCODE_DISABLE_AUTOUPDATE: "1",
        OPENCODE_DISABLE_DEFAULT_PLUGINS: "1",
        npm_config_registry: "http://127.0.0.1:9",
        // With npm's own retries each look at the dead registry takes minutes.
        npm_config_fetch_retries: "0",
        XDG_DATA_HOME: data,
        XDG_CONFIG_HOME: data,
        XDG_STATE_HOME: data,
        XDG_CACHE_HOME: data,
      };

      const { all } = await execa("opencode", ["mcp", "list"], {
        cwd: world.project,
        env,
        all: true,
      });

      expect(all).toMatch(/h2m.*connected/);
      // OpenCode itself takes long to give its own services up where there is no network.
    },
    240_000,
  );
});
