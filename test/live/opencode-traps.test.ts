import type { CallToolResult, Client } from "@modelcontextprotocol/client";
import { execa } from "execa";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { opencode } from "../../plugins/opencode/index.ts";
import { definePlugin, type Seat, textOf } from "../../src/plugin.ts";
import { opencodeTraps } from "./opencode-traps.ts";
import { Traps } from "./traps.ts";
import { versionOf } from "./versions.ts";
import { CONNECT, until, World } from "./world.ts";

/** OpenCode, whose history is as grown as a test says. */
let grown = false;
const growing = definePlugin({
  name: "opencode",
  harnesses: [
    {
      ...opencode,
      drive: (host) => {
        const driver = opencode.drive?.(host);
        if (!driver) throw new Error("it has a driver");
        return Object.assign(Object.create(driver), {
          growth: () => (grown ? 1 : 0),
          reset: async (seat: Seat) => {
            grown = false;
            return (await driver.reset?.(seat)) ?? [];
          },
        });
      },
    },
  ],
});

describe.runIf(versionOf("opencode"))(
  "opencode in a folder full of traps",
  { timeout: 240_000 },
  () => {
    let world: World;
    let traps: Traps;
    /** A folder below the root of the repository, with traps of its own. */
    let inner: string;

    beforeEach(async () => {
      world = await World.create();
      traps = new Traps(world.root);
      inner = join(world.project, "in ner");
      await mkdir(inner);
      await execa("git", ["init", "-q"], { cwd: world.project });
      grown = false;
    });
    afterEach(() => world.end());

    const lay = async (into: string, where: string) =>
      traps.lay(into, opencodeTraps(traps, into, where));
    const call = async (client: Client, name: string, args: object) =>
      (await client.callTool(
        { name, arguments: { ...args } },
        { timeout: CONNECT },
      )) as CallToolResult;

    /** Everything that OpenCode loads has had the time to load: it tells no end of it. */
    const use = async (client: Client, folder: string) => {
      const bash = (command: string) => call(client, "bash", { command, description: "a test" });
      expect(textOf(await bash('pwd; echo "$EVIL"')).trim()).toBe(folder);
      await call(client, "read", { filePath: join(folder, "note.txt") });
      await call(client, "write", { filePath: join(folder, "new.txt"), content: "new\n" });
      await call(client, "glob", { pattern: "*.txt" });
      await call(client, "grep", { pattern: "note" });
      await call(client, "skill", { name: "trap" });
      for (const subagent_type of ["general", "trap"])
        await call(client, "task", { description: "a test", prompt: "/h2m", subagent_type });
      await bash("sleep 5");
    };

    it("runs none of them: for a list, calls, a subagent, a reset, a workspace", async () => {
      await lay(world.project, "root");
      await lay(inner, "inner");
      await world.serve({
        harnesses: ["opencode"],
        plugins: [growing],
        workspaces: { inner: { harness: "opencode", cwd: inner } },
      });
      const client = await world.client();
      await client.listTools(undefined, { timeout: CONNECT });
      await use(client, world.project);

      grown = true;
      // It is due after the call that finds it grown, and told with the one after that.
      await until("a reset", 30_000, async () => {
        const next = await call(client, "bash", { command: "pwd", description: "a test" });
        return next._meta?.["h2m/reset"] !== undefined;
      });
      grown = false;
      await use(await world.client("/opencode/inner"), inner);

      expect(await traps.sprung()).toEqual([]);
    });

    it("runs none that a tool lays while it is open", async () => {
      await world.serve({ harnesses: ["opencode"], plugins: [growing] });
      const client = await world.client();
      await client.listTools(undefined, { timeout: CONNECT });

      await lay(world.project, "late");
      await use(client, world.project);
      await use(await world.client(), world.project);

      expect(await traps.sprung()).toEqual([]);
    });

    it("runs none with the profile `readonly`", async () => {
      await lay(world.project, "root");
      await world.serve({ harnesses: ["opencode"], tools: { readOnly: true } });
      const client = await world.client();

      const { tools } = await client.listTools(undefined, { timeout: CONNECT });
      expect(tools.map(({ name }) => name)).not.toContain("bash");
      await call(client, "read", { filePath: join(world.project, "note.txt") });
      await call(client, "grep", { pattern: "note" });
      await new Promise((resolve) => setTimeout(resolve, 5_000));

      expect(await traps.sprung()).toEqual([]);
    });

    it("runs those of a folder that the user trusts", async () => {
      const all = opencodeTraps(traps, world.project, "root");
      const plugins = Object.entries(all).filter(([path]) => /^\.opencode\/plugins?\//.test(path));
      await traps.lay(world.project, Object.fromEntries(plugins));
      await world.serve({ harnesses: { opencode: { settings: "user" } } });
      const client = await world.client();
      await client.listTools(undefined, { timeout: CONNECT });

      await until("the traps are sprung", 30_000, async () =>
        (await traps.sprung()).includes("root: plugin/trap.js"),
      );
    });
  },
);
