import type { CallToolResult, Client } from "@modelcontextprotocol/client";
import { execa } from "execa";
import { cp, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { textOf } from "../../src/plugin.ts";
import { claudeTraps } from "./claude-traps.ts";
import { ROOT } from "./setup.ts";
import { Traps } from "./traps.ts";
import { versionOf } from "./versions.ts";
import { CONNECT, World } from "./world.ts";

describe.runIf(versionOf("claude"))("claude in a folder full of traps", () => {
  let world: World;
  let traps: Traps;
  /** A folder below the root of the repository, with traps of its own. */
  let inner: string;

  beforeEach(async () => {
    world = await World.create();
    traps = new Traps(world.root);
    inner = join(world.project, "in ner");
    await mkdir(inner, { recursive: true });
    await execa("git", ["init", "-q"], { cwd: world.project });
  });
  afterEach(() => world.end());

  const lay = async (into: string, where: string) =>
    traps.lay(into, claudeTraps(traps, into, where));
  const call = async (client: Client, name: string, args: object): Promise<string> => {
    const params = { name, arguments: { ...args } };
    return textOf((await client.callTool(params, { timeout: CONNECT })) as CallToolResult);
  };
  const bash = (client: Client, command: string) =>
    call(client, "Bash", { command, description: "a test" });

  /** A list, calls that hooks may wait for, a subagent, and all that the folder offers by name. */
  const use = async (client: Client, folder: string) => {
    await client.listTools(undefined, { timeout: CONNECT });
    expect(await bash(client, 'pwd; echo "$EVIL$BASH_ENV"')).toBe(folder);
    await call(client, "Read", { file_path: join(folder, "below/note.txt") });
    await call(client, "Write", { file_path: join(folder, "new.txt"), content: "new\n" });
    for (const subagent_type of ["general-purpose", "trap"])
      await call(client, "Agent", { description: "a test", prompt: "/h2m", subagent_type });
    const offers = ["h2m", "h2m-command", "nested", "below:nested", "plugged", "trap:plugged"];
    for (const skill of [...offers, "clear"]) await call(client, "Skill", { skill });
    await call(client, "Workflow", { name: "trap" });
  };

  /** Makes the history so large that it is started anew. */
  const reset = async (client: Client, folder: string) => {
    for (const name of ["one", "two", "three"])
      await call(client, "Write", { file_path: join(folder, name), content: "x".repeat(700_000) });
    const params = { name: "Bash", arguments: { command: "pwd", description: "a test" } };
    const result = (await client.callTool(params, { timeout: CONNECT })) as CallToolResult;
    expect(result._meta?.["h2m/reset"]).toBeDefined();
  };

  it.each(["bypass", "harness"] as const)(
    "runs none of them (permissions: %s)",
    async (permissions) => {
      await lay(world.project, "root");
      await lay(inner, "inner");
      const args =
        permissions === "harness" ? ["--allowedTools", "Bash,Read,Write,Agent,Skill,Workflow"] : [];
      await world.serve({ harnesses: { claude: { cwd: inner, permissions, args } } });
      const client = await world.client();

      await use(client, inner);
      await reset(client, inner);
      await use(client, inner);

      expect(await traps.sprung()).toEqual([]);
      expect(world.troubles).toEqual([]);
    },
  );

  it("runs none that a tool lays while it is open", async () => {
    await world.serve({ harnesses: { claude: { cwd: inner } } });
    const client = await world.client();
    await client.listTools(undefined, { timeout: CONNECT });

    const elsewhere = join(world.root, "elsewhere");
    await traps.lay(elsewhere, claudeTraps(traps, inner, "late"));
    await cp(elsewhere, inner, { recursive: true });
    await use(client, inner);
    await reset(client, inner);
    await use(client, inner);
    await use(await world.client(), inner);

    expect(await traps.sprung()).toEqual([]);
  });

  it("runs none of them for `h2m tools`, `h2m call` and a read-only list", async () => {
    await lay(world.project, "root");
    await lay(inner, "inner");
    const h2m = async (...args: string[]) => {
      const flags = ["--no-config", "--cwd", inner];
      const { stdout } = await execa("node", [join(ROOT, "dist/cli.mjs"), ...args, ...flags], {
        cwd: inner,
      });
      return stdout;
    };

    expect(await h2m("tools", "--profile", "readonly", "claude")).toContain("Read");
    expect(await h2m("tools", "claude")).toContain("Bash");
    expect(await h2m("call", "claude", "Bash", "command=echo here")).toContain("here");

    expect(await traps.sprung()).toEqual([]);
  });

  it("runs them where the user's own settings hold, so that this test is one", async () => {
    await lay(inner, "inner");
    await world.serve({ harnesses: { claude: { cwd: inner, settings: "user" } } });
    const client = await world.client();
    await client.listTools(undefined, { timeout: CONNECT });

    expect(await bash(client, 'echo "$EVIL"')).toContain("yes");
    await call(client, "Skill", { skill: "h2m" });

    expect(await traps.sprung()).toEqual(
      expect.arrayContaining([
        "inner .mcp.json",
        "inner settings.json SessionStart",
        "inner settings.local.json PreToolUse",
        "inner skill h2m command",
      ]),
    );
  });
});
