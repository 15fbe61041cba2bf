import type { CallToolResult, Client } from "@modelcontextprotocol/client";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { textOf } from "../../src/plugin.ts";
import { PNG } from "./samples.ts";
import { versionOf } from "./versions.ts";
import { CONNECT, World } from "./world.ts";

const DEAD = "http://127.0.0.1:9";

describe.runIf(versionOf("codex"))("codex and the environment of its user", () => {
  let world: World;
  let turns: number;
  beforeEach(async () => {
    world = await World.create();
    turns = 0;
  });
  afterEach(() => world.end());

  const start = async (config: object = {}): Promise<Client> => {
    await world.serve({ harnesses: ["codex"], ...config });
    world.h2m.on("turn", () => turns++);
    const client = await world.client();
    await client.listTools(undefined, { timeout: CONNECT });
    return client;
  };
  const run = async (client: Client, cmd: string): Promise<string> => {
    const args = { cmd, login: false, yield_time_ms: 20_000 };
    const result = await client.callTool({ name: "exec_command", arguments: args });
    return textOf(result as CallToolResult).replace(/^[\s\S]*?\nOutput:\n/, "");
  };
  /** Four calls, of which the telemetry settles all but the first ones. */
  const fourCalls = async (client: Client) => {
    for (const word of ["one", "two", "three", "four"])
      expect(await run(client, `echo ${word}`)).toBe(`${word}\n`);
  };
  const set = (variables: Record<string, string>) => Object.assign(process.env, variables);

  it("reaches h2m beside a proxy, with its telemetry, and leaves the user's own words to tools", async () => {
    for (const name of ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"])
      set({ [name]: DEAD, [name.toLowerCase()]: DEAD });
    for (const name of ["NO_PROXY", "no_proxy"]) delete process.env[name];
    set({ NO_PROXY: "intern.example" });
    const client = await start();

    await fourCalls(client);

    expect(turns).toBe(1);
    expect((await run(client, "env | grep -i proxy | sort")).split("\n").filter(Boolean)).toEqual(
      [
        ...["ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY"].flatMap((name) => [
          `${name}=${DEAD}`,
          `${name.toLowerCase()}=${DEAD}`,
        ]),
        "NO_PROXY=intern.example",
      ].toSorted(),
    );
    expect(world.troubles).toEqual([]);
  });

  it.each([
    ["compression", { OTEL_EXPORTER_OTLP_COMPRESSION: "gzip" }],
    ["an empty one", { OTEL_EXPORTER_OTLP_COMPRESSION: "" }],
    ["headers", { OTEL_EXPORTER_OTLP_HEADERS: "authorization=Bearer%20theirs" }],
    [
      "a switch, an endpoint and a delay",
      {
        OTEL_SDK_DISABLED: "true",
        OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: `${DEAD}/v1/logs`,
        OTEL_BLRP_SCHEDULE_DELAY: "60000",
      },
    ],
  ])("leaves the telemetry of the user to tools: %s", async (_, variables) => {
    set(variables);
    const client = await start();

    await fourCalls(client);

    expect(turns).toBe(1);
    expect((await run(client, "env | grep ^OTEL_ | sort")).split("\n").filter(Boolean)).toEqual(
      Object.entries(variables)
        .map(([name, value]) => `${name}=${value}`)
        .toSorted(),
    );
    expect(world.troubles).toEqual([]);
  });

  it("shows a tool no key of h2m's: in no environment, no arguments and no file", async () => {
    const client = await start();
    await fourCalls(client);

    const found = await run(
      client,
      [
        // Words that do not match themselves, for they stand in the arguments of this very command.
        'keys="h2mhost[_]|mcp-token[-]1|attach-key[-]1"',
        // The processes of this h2m alone: others may run beside.
        'ours=$(grep -lsF "$TMPDIR" /proc/[0-9]*/environ | cut -d/ -f3)',
        'for pid in $ours; do grep -lsE "$keys" /proc/$pid/environ /proc/$pid/cmdline; done',
        'grep -rlsE "$keys" "$TMPDIR"',
        'echo looked at "$(echo "$ours" | wc -w)" processes, "$(find "$TMPDIR" -name config.toml | wc -l)" files',
      ].join("\n"),
    );

    expect(found).toMatch(/^looked at ([2-9]|\d\d+) processes, [2-9] files\n$/);
    expect(await run(client, 'find "$TMPDIR" -maxdepth 1 -name "h2m-*" -perm /077')).toBe("");
    // Its telemetry is heard all the same.
    expect(turns).toBe(1);
  });

  it("gives nothing away through its read-only tools", async () => {
    const secret = "secret-of-the-user";
    await writeFile(join(world.project, "secret.txt"), secret);
    await mkdir(join(world.project, "folder"));
    await writeFile(join(world.project, "square.png"), Buffer.from(PNG, "base64"));
    const client = await start({ tools: { readOnly: true } });

    const { tools } = await client.listTools();
    const names = tools.map(({ name }) => name).toSorted();
    expect(names).toEqual(["multi_agent_v1_wait_agent", "request_user_input", "view_image"]);

    const paths = [
      "secret.txt",
      "folder",
      "/proc/self/environ",
      "/proc/self/root/proc/self/environ",
      "/proc/self/fd/0",
      "/dev/zero",
      "/dev/stdin",
      `${world.temporary}/../project/secret.txt`,
    ];
    for (const path of paths) {
      const result = await client.callTool({ name: "view_image", arguments: { path } });
      expect(result.isError, path).toBe(true);
      const said = JSON.stringify(result.content);
      expect(said).not.toMatch(/secret-of-the-user|h2mhost_|PATH=/);
      expect(said).not.toContain('"image"');
    }
    const waited = await client.callTool({
      name: "multi_agent_v1_wait_agent",
      arguments: { targets: ["nobody"], timeout_ms: 10_000 },
    });
    expect(waited.isError ?? false).toBeTypeOf("boolean");
    for (const name of ["exec_command", "apply_patch", "multi_agent_v1_spawn_agent"])
      await expect(client.callTool({ name, arguments: {} })).rejects.toThrow(/no tool/);
    // It is alive, and hears.
    const image = await client.callTool({ name: "view_image", arguments: { path: "square.png" } });
    expect(JSON.stringify(image.content)).toContain('"image"');
  });
});
