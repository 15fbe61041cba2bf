import type { CallToolResult, Client } from "@modelcontextprotocol/client";
import { execa } from "execa";
import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { textOf } from "../../src/plugin.ts";
import { CodexTraps } from "./codex-traps.ts";
import { ROOT } from "./setup.ts";
import { versionOf } from "./versions.ts";
import { CONNECT, until, World } from "./world.ts";

describe.runIf(versionOf("codex"))("codex in a folder full of traps", () => {
  let world: World;
  let traps: CodexTraps;
  /** A folder below the root of the repository, with traps of its own. */
  let inner: string;

  beforeEach(async () => {
    world = await World.create();
    traps = new CodexTraps(world.root);
    inner = join(world.project, "a.b/in ner");
    await mkdir(inner, { recursive: true });
    await execa("git", ["init", "-q"], { cwd: world.project });
    await symlink(inner, join(world.root, "link"));
  });
  afterEach(() => world.end());

  const call = async (client: Client, name: string, args: object): Promise<string> => {
    const params = { name, arguments: { ...args } };
    const result = await client.callTool(params, { timeout: CONNECT });
    return textOf(result as CallToolResult);
  };
  const run = (client: Client, cmd: string) =>
    call(client, "exec_command", { cmd, login: false, yield_time_ms: 20_000 });
  const threadOf = async (client: Client) =>
    /^thread (\S+)$/m.exec(await run(client, 'printf "thread %s\\n" "$CODEX_THREAD_ID"'))?.[1];

  /** A list, a call, and a subagent that is told of the folder's skill. */
  const use = async (client: Client, folder: string) => {
    await client.listTools(undefined, { timeout: CONNECT });
    // The rules of the folder forbid it.
    expect(await run(client, "echo here; pwd")).toMatch(`here\n${folder}\n`);
    await call(client, "multi_agent_v1_spawn_agent", { message: "$h2m" });
    expect(await run(client, "env")).not.toContain("BASH_ENV");
  };

  /** Makes the history so large that codex is given a new thread. */
  const reset = async (client: Client) => {
    const before = await threadOf(client);
    const big = `*** Begin Patch\n*** Add File: big.txt\n+${"x".repeat(1_200_000)}\n*** End Patch\n`;
    for (const _ of [1, 2]) await call(client, "apply_patch", { input: big });
    await until("there is a new thread", 20_000, async () => (await threadOf(client)) !== before);
  };

  const serve = async (permissions: "bypass" | "harness" = "bypass") => {
    await world.serve({
      harnesses: { codex: { permissions, cwd: world.project } },
      workspaces: {
        inner: { harness: "codex", cwd: inner },
        link: { harness: "codex", cwd: join(world.root, "link") },
      },
    });
  };

  it("runs none of them", async () => {
    await traps.lay(world.project, "root");
    await traps.lay(inner, "inner");
    await serve();

    await use(await world.client("/codex"), world.project);
    const client = await world.client("/codex/inner");
    await use(client, inner);
    // By another name; a shell says the real one.
    await use(await world.client("/codex/link"), inner);
    await reset(client);
    await use(client, inner);

    expect(await traps.sprung()).toEqual([]);
  });

  it("runs none that a tool lays while it is open, neither in a new history nor in a new session", async () => {
    await traps.lay(join(world.root, "elsewhere"), "late");
    await serve();
    const client = await world.client("/codex/inner");
    await use(client, inner);

    await run(client, `cp -r '${world.root}'/elsewhere/. .`);
    await run(client, `cp -r '${world.root}'/elsewhere/. '${world.project}'`);
    await reset(client);
    await use(client, inner);
    await use(await world.client("/codex"), world.project);

    expect(await traps.sprung()).toEqual([]);
  });

  it("runs none of them under its own rules", async () => {
    await traps.lay(world.project, "root");
    await traps.lay(inner, "inner");
    await serve("harness");

    for (const path of ["/codex", "/codex/inner"]) {
      const client = await world.client(path);
      await client.listTools(undefined, { timeout: CONNECT });
      await run(client, "true");
    }

    expect(await traps.sprung()).toEqual([]);
  });

  it("runs none of them for `h2m tools`, `h2m call` and a read-only list", async () => {
    await traps.lay(world.project, "root");
    await traps.lay(inner, "inner");
    const h2m = async (...args: string[]) => {
      const flags = ["--no-config", "--cwd", inner];
      const { stdout } = await execa("node", [join(ROOT, "dist/cli.mjs"), ...args, ...flags], {
        cwd: inner,
      });
      return stdout;
    };

    expect(await h2m("tools", "--profile", "readonly", "codex")).toContain("view_image");
    expect(await h2m("tools", "codex")).toContain("exec_command");
    expect(await h2m("call", "codex", "exec_command", "cmd=echo here")).toContain("here");

    expect(await traps.sprung()).toEqual([]);
  });

  it("runs them where the user's own settings hold, so that this test is one", async () => {
    await traps.lay(inner, "inner");
    await world.serve({ harnesses: { codex: { settings: "user", cwd: inner } } });
    const client = await world.client();
    await client.listTools(undefined, { timeout: CONNECT });

    expect(await run(client, "env")).toContain("BASH_ENV");
    expect(await run(client, "echo here; pwd")).toMatch(/policy forbids/);
    expect(await traps.sprung()).toEqual(
      expect.arrayContaining(["inner BASH_ENV", "inner MCP server"]),
    );
  });
});
