import type { CallToolResult, Client } from "@modelcontextprotocol/client";
import { mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { textOf } from "../../src/plugin.ts";
import { versionOf } from "./versions.ts";
import { CONNECT, World } from "./world.ts";

/** What only secrets hold here. */
const SECRET = /h2mhost_|token-of-this-machine|key-of-codex|only-in-the-environment/;

describe.runIf(versionOf("claude"))("the read-only tools of claude", () => {
  let world: World;
  let client: Client;
  /** The private folder of its process. */
  let home: string;
  let state: string;

  beforeEach(async () => {
    world = await World.create();
    state = join(world.home, "state [1]");
    Object.assign(process.env, { ONLY_THERE: "only-in-the-environment", XDG_STATE_HOME: state });
    await mkdir(join(state, "h2m"), { recursive: true });
    await writeFile(join(state, "h2m/token"), "token-of-this-machine\n");
    await mkdir(join(world.temporary, "h2m-codex-Ab1234/codex"), { recursive: true });
    await writeFile(join(world.temporary, "h2m-codex-Ab1234/codex/config.toml"), "key-of-codex\n");
  });
  afterEach(() => world.end());

  const serve = async (options: object = {}) => {
    await world.serve({ harnesses: { claude: options }, tools: { readOnly: true } });
    client = await world.client();
    await client.listTools(undefined, { timeout: CONNECT });
    const folders = await readdir(world.temporary);
    home = join(world.temporary, folders.find((name) => name.startsWith("h2m-claude-")) ?? "");
  };
  const call = async (name: string, args: object) => {
    const params = { name, arguments: { ...args } };
    return textOf((await client.callTool(params, { timeout: CONNECT })) as CallToolResult);
  };

  /** The same file by every way that leads to it. */
  const waysTo = async (path: string): Promise<string[]> => {
    const link = join(world.project, `link${Math.random()}`);
    const root = join(world.project, `root${Math.random()}`);
    await symlink(path, link);
    await symlink(link, `${link}-again`);
    await symlink("/", root);
    const up = world.project.split("/").map(() => "..");
    return [
      path,
      `/${path}`,
      `/tmp/..${path}`,
      `/proc/self/root${path}`,
      `/proc/self/cwd/${up.join("/")}${path}`,
      `${up.join("/")}${path}`,
      link,
      `${link}-again`,
      root + path,
    ];
  };

  it("are those that read, and none that runs anything", async () => {
    await serve();

    const { tools } = await client.listTools();

    const reading = ["CronList", "ListAgents", "Read", "ReportFindings", "TaskGet", "TaskList"];
    const more = ["TaskOutput", "WebFetch", "WebSearch", "WaitForMcpServers"];
    for (const { name } of tools) expect([...reading, ...more]).toContain(name);
    expect(tools.map(({ name }) => name)).toContain("Read");
  });

  it.each(["bypass", "harness"] as const)(
    "give no secret by any way to it (permissions: %s)",
    async (permissions) => {
      await serve({ permissions, args: ["--allowedTools", "Read"] });
      const targets = [
        "/proc/self/environ",
        `/proc/${process.pid}/environ`,
        `/proc/self/task/${process.pid}/environ`,
        join(home, "h2m-secrets/key"),
        join(home, "h2m-secrets/settings.json"),
        join(home, "h2m-secrets/tools.sh"),
        join(world.temporary, "h2m-codex-Ab1234/codex/config.toml"),
        join(state, "h2m/token"),
      ];
      const ways = (await Promise.all(targets.map(waysTo))).flat();
      await writeFile(join(world.project, "fine.txt"), "a fine text\n");

      const texts = await Promise.all(ways.map((file_path) => call("Read", { file_path })));

      for (const [place, text] of texts.entries()) {
        expect(text, ways[place]).not.toMatch(SECRET);
        expect(text, ways[place]).toMatch(/denied|Cannot read|does not exist|no such file/i);
      }
      expect(await call("Read", { file_path: join(world.project, "fine.txt") })).toContain("fine");
    },
  );

  it("give none where they are others by its arguments", async () => {
    await serve({ args: ["--tools", "Read,Grep,Glob"] });
    const secrets = join(home, "h2m-secrets");
    const folders = ["/proc/self", home, secrets, world.temporary, state, join(state, "h2m")];
    const pattern = "h2mhost_|token-of|key-of|only-in|a fine text";
    await writeFile(join(world.project, "fine.txt"), "a fine text\n");

    const searches = (await Promise.all(folders.map(waysTo)))
      .flat()
      .flatMap((path) => [undefined, "key"].map((glob) => ({ path, glob, pattern })));
    const texts = await Promise.all(
      searches.map((args) => call("Grep", { ...args, output_mode: "content" })),
    );

    for (const [place, text] of texts.entries())
      expect(text.replaceAll(pattern, ""), JSON.stringify(searches[place])).not.toMatch(SECRET);
    const plain = { pattern, path: world.project, output_mode: "content" };
    expect(await call("Grep", plain)).toContain("fine.txt");
    expect(await call("Grep", { ...plain, glob: "*.txt" })).toContain("fine.txt");
  });
});
