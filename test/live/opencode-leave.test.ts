import type { CallToolResult, Client } from "@modelcontextprotocol/client";
import { mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { textOf } from "../../src/plugin.ts";
import { versionOf } from "./versions.ts";
import { CONNECT, World } from "./world.ts";

/** The folder of the state of h2m, below HOME, and what stands in it. */
const STATE = ".local/state/h2m";
const TOKEN = "token-of-the-state-folder";
const SERVE = /opencode\0serve\0/;

describe.runIf(versionOf("opencode"))("leaving opencode's folder", { timeout: 240_000 }, () => {
  let world: World;

  beforeEach(async () => {
    world = await World.create();
    delete process.env["XDG_STATE_HOME"];
  });
  afterEach(() => world.end());

  const text = async (client: Client, name: string, args: object) =>
    textOf(
      (await client.callTool(
        { name, arguments: { ...args } },
        { timeout: CONNECT },
      )) as CallToolResult,
    );

  /** The environments of processes whose command line has a form. */
  async function environments(form: RegExp): Promise<string[]> {
    const found: string[] = [];
    for (const pid of await readdir("/proc")) {
      if (!/^\d+$/.test(pid)) continue;
      const read = (file: string) => readFile(`/proc/${pid}/${file}`, "latin1").catch(() => "");
      const mine = (await read("environ")).includes(world.root);
      if (mine && form.test(await read("cmdline"))) found.push(await read("environ"));
    }
    return found;
  }

  it("reads no key by any tool of the profile `readonly`, nor has its environment one", async () => {
    const state = join(world.home, STATE);
    await mkdir(state, { recursive: true });
    await writeFile(join(state, "token"), TOKEN);
    const { project } = world;
    await symlink("/proc", join(project, "processes"));
    await symlink(state, join(project, "state"));
    await symlink(world.temporary, join(project, "temporary"));
    await world.serve({ harnesses: ["opencode"], tools: { readOnly: true } });
    const client = await world.client();
    const { tools } = await client.listTools(undefined, { timeout: CONNECT });
    const names = tools.map(({ name }) => name).toSorted();
    expect(names).toEqual(["glob", "grep", "read", "skill", "webfetch"]);
    const [home = ""] = (await readdir(world.temporary)).filter((each) =>
      each.startsWith("h2m-opencode-"),
    );
    const config = join(world.temporary, home, "config/opencode/opencode.json");
    const key = /h2mhost_\w+/.exec(await readFile(config, "utf8"))?.[0] ?? "";
    expect(key).not.toBe("");

    const paths = [
      "/proc/self/environ",
      "/proc/self/task/../environ",
      "/proc/thread-self/environ",
      `/proc/self/root${config}`,
      "/proc/self/cwd/../home/.local/state/h2m/token",
      "/dev/fd/../environ",
      "../../../../../../../../../proc/self/environ",
      "processes/self/environ",
      "state/token",
      `temporary/${home}/config/opencode/opencode.json`,
      join(state, "token"),
      `../home/${STATE}/token`,
      config,
      `//${config}`,
      `${project}/..//./home/${STATE}/token`,
    ];
    for (const filePath of paths)
      expect(await text(client, "read", { filePath }), filePath).toMatch(/closed to tools/);
    const urls = ["file:///proc/self/environ", `file://${config}`];
    const roots = [
      "/proc/self",
      "/proc",
      "processes",
      "state",
      `temporary/${home}`,
      state,
      "/dev/fd",
    ];
    const said = [
      ...(await Promise.all(urls.map((filePath) => text(client, "read", { filePath })))),
      ...(await Promise.all(
        urls.map((url) => text(client, "webfetch", { url, format: "text" }).catch(String)),
      )),
    ];
    const pattern = "PASSWORD|h2mhost_|token-of";
    for (const path of [...roots, ...paths, world.root, world.temporary, world.home, "."]) {
      said.push(await text(client, "grep", { pattern, path }));
      said.push(await text(client, "grep", { pattern, path, include: "{environ,token,*.json}" }));
      said.push(await text(client, "glob", { pattern: "**/{environ,token,opencode.json}", path }));
    }
    for (const glob of ["/proc/self/*", "../**/token", `${state}/*`, "processes/self/*", "state/*"])
      said.push(await text(client, "glob", { pattern: glob }));
    for (const name of ["../../../proc/self", "state", `${state}/token`])
      said.push(await text(client, "skill", { name }));

    const all = said.join("\n");
    expect(all).not.toContain(TOKEN);
    expect(all).not.toContain(key);
    expect(all).not.toMatch(/OPENCODE_SERVER_PASSWORD|h2mhost_/);
    // What names a path that was asked for, and says that nothing is there, has found nothing.
    const found = all.replaceAll(/^File not found: .*$/gm, "");
    expect(found).not.toMatch(/\/(environ|token)$/m);

    const servers = await environments(SERVE);
    expect(servers).toHaveLength(1);
    expect(servers[0]).toMatch(/\0OPENCODE_SERVER_PASSWORD=\*+\0/);
  });

  it("has no password in what a shell and its parent were started with", async () => {
    await world.serve({ harnesses: ["opencode"] });
    const client = await world.client();

    const command = 'env; tr "\\0" "\\n" < /proc/$PPID/environ';
    const seen = await text(client, "bash", { command, description: "a test" });

    expect(seen).toMatch(/^OPENCODE_SERVER_PASSWORD=$/m);
    expect(seen).not.toMatch(/OPENCODE_SERVER_PASSWORD=./);
  });

  it.each(["100%", "a b", "ünï-漢字", `it's "q"`, "a#b?c&directory=d", "+"])(
    "works in a folder named %s",
    async (name) => {
      const folder = join(world.project, name);
      await mkdir(folder);
      await world.serve({ harnesses: ["opencode"], cwd: folder });
      const client = await world.client();

      const command = { command: "pwd; echo here > made.txt", description: "a test" };
      expect((await text(client, "bash", command)).trim()).toBe(folder);
      await text(client, "write", { filePath: "written.txt", content: "by write" });

      expect(await readFile(join(folder, "made.txt"), "utf8")).toBe("here\n");
      expect(await readFile(join(folder, "written.txt"), "utf8")).toBe("by write");
    },
  );

  it("refuses a folder that it would take for its sibling, and a link to it", async () => {
    const folder = join(world.project, "x%41y");
    const link = join(world.project, "link");
    await mkdir(folder);
    await mkdir(join(world.project, "xAy"));
    await symlink(folder, link);
    await world.serve({
      harnesses: { opencode: { cwd: folder } },
      workspaces: { linked: { harness: "opencode", cwd: link } },
    });

    const command = { command: "touch here", description: "a test" };
    for (const path of ["", "/opencode/linked"]) {
      const refused = world.client(path).then((client) => text(client, "bash", command));
      await expect(refused).rejects.toThrow(/would take the folder .*x%41y for .*xAy/);
    }

    expect(await readdir(join(world.project, "xAy"))).toEqual([]);
    expect(await readdir(folder)).toEqual([]);
  });
});
