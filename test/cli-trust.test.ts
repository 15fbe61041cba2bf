import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, readdir, rm, stat, symlink, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { fakeConfig, type Ran, start, stateOf, useCli } from "./helpers/cli.ts";
import { connectStdio, ERAS } from "./helpers/clients.ts";
import { until } from "./helpers/until.ts";

const world = useCli();

/** What the user has cloned, and never said a word about. */
let clone: string;
beforeEach(async () => {
  clone = join(world.folder, "clone");
  await mkdir(clone);
});

const marker = () => join(world.folder, "it-ran");
const env = () => ({ XDG_STATE_HOME: stateOf(world.folder), XDG_CACHE_HOME: world.folder });

/** Runs a command in the clone. */
async function h2m(...args: string[]): Promise<Ran> {
  return within(clone, ...args);
}

async function within(cwd: string, ...args: string[]): Promise<Ran> {
  return world.runWith({ cwd, env: env() }, ...args);
}

const mark = () => `(await import("node:fs")).writeFileSync(${JSON.stringify(marker())}, "");`;
/** A config whose code leaves a trace, in the folder or elsewhere. */
const config = (text = fakeConfig(), name = "h2m.config.mjs", folder = clone) =>
  writeFile(join(folder, name), `${mark()}\n${text}`);

describe("a config that was found in a folder that the user does not trust", () => {
  it.each([
    [[]],
    [["fake"]],
    [["tools"]],
    [["call", "echo", "text=x"]],
    [["lock"]],
    [["diff"]],
    [["tools", "--profile", "readonly"]],
  ])("is not run by `h2m` with %j, which ends with 2 and the command to type", async (args) => {
    await config();

    const { code, out, err } = await h2m(...args);

    expect(existsSync(marker())).toBe(false);
    expect(err).toBe(
      `h2m: The config \`${clone}/h2m.config.mjs\` is not loaded: you have not said that you trust its folder.\n` +
        `     Look at it; then run \`h2m trust ${clone}\`. Or name it with \`--config FILE\`, or go on without any config: \`--no-config\`.\n`,
    );
    expect({ code, out }).toEqual({ code: 2, out: "" });
  });

  it("is not run by a process of its own either", async () => {
    await config();
    const { ended, stdout, stderr } = start(world.cli, ["tools"], { cwd: clone, env: env() });

    expect(await ended).toBe(2);
    expect(existsSync(marker())).toBe(false);
    expect(stderr()).toContain(`Look at it; then run \`h2m trust ${clone}\``);
    expect(stdout()).toBe("");
  });

  it.each(["ts", "mjs", "js"])("is not run as .%s either", async (extension) => {
    await config("export default {};", `h2m.config.${extension}`);

    expect(await h2m("tools")).toMatchObject({ code: 2 });
    expect(existsSync(marker())).toBe(false);
  });

  it("is not taken as JSON: it would say which program is started", async () => {
    const program = join(clone, "program.sh");
    await writeFile(program, `#!/bin/sh\ntouch ${marker()}\n`, { mode: 0o755 });
    const harnesses = { claude: { command: program } };
    await writeFile(join(clone, "h2m.config.json"), JSON.stringify({ harnesses }));

    const { code, err } = await h2m("tools");

    expect(err).toContain("you have not said that you trust its folder");
    expect(code).toBe(2);
    expect(existsSync(marker())).toBe(false);
  });

  it("is left out by `--no-config`, and run if it is named", async () => {
    await config();

    expect((await h2m("tools", "--no-config")).err).toContain("No harness is named.");
    expect(existsSync(marker())).toBe(false);
    const named = await h2m("call", "--config", "h2m.config.mjs", "echo", "text=named");
    expect(named).toMatchObject({ code: 0, out: "named\n" });
    expect(named.err).not.toContain("warn:");
  });
});

describe("h2m trust", () => {
  it("lets the config of a folder be loaded, until that is taken back", async () => {
    await config();

    const trusted = await h2m("trust");
    const called = await h2m("call", "echo", "text=trusted");
    const list = await h2m("trust", "--list");
    const revoked = await within(world.folder, "trust", "--revoke", "clone");
    await rm(marker());
    const after = await h2m("call", "echo", "text=again");

    expect(trusted).toMatchObject({ code: 0, err: "", out: expect.stringContaining(`${clone}\n`) });
    expect(called).toMatchObject({ code: 0, out: "trusted\n" });
    expect(list).toMatchObject({ code: 0, out: `${clone}\n` });
    expect(revoked).toMatchObject({ code: 0, out: expect.stringContaining(clone) });
    expect(after.code).toBe(2);
    expect(existsSync(marker())).toBe(false);
    expect((await h2m("trust", "--list")).out).toBe("");
  });

  it("keeps its list for the user alone", async () => {
    await config();
    await h2m("trust");

    const folder = join(stateOf(world.folder), "h2m", "trust");
    const [name = "", ...more] = await readdir(folder);

    expect(more).toEqual([]);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600);
  });

  it("means the real folder: neither its neighbours nor what is below it", async () => {
    await config();
    await h2m("trust");
    for (const name of ["clone/below", "clone-2"]) {
      await mkdir(join(world.folder, name));
      await config(undefined, undefined, join(world.folder, name));

      expect(await within(join(world.folder, name), "tools")).toMatchObject({ code: 2 });
    }
    expect(existsSync(marker())).toBe(false);
  });

  it("does not follow a link that leads elsewhere later", async () => {
    const current = join(world.folder, "current");
    const later = join(world.folder, "later");
    await symlink(clone, current);
    await config();
    await mkdir(later);
    await config(undefined, undefined, later);

    const trusted = await within(world.folder, "trust", "current");
    await rm(current);
    await symlink(later, current);
    const { code, err } = await within(current, "tools");

    expect(trusted).toMatchObject({ code: 0, out: expect.stringContaining(clone) });
    expect(err).toContain(`h2m trust ${later}`);
    expect(code).toBe(2);
    expect((await within(world.folder, "trust", "--list")).out).toBe(`${clone}\n`);
  });

  it("asks for both folders where the config is a link to another one", async () => {
    const shared = join(world.folder, "shared");
    await mkdir(shared);
    await config(undefined, "mine.mjs", shared);
    await symlink(join(shared, "mine.mjs"), join(clone, "h2m.config.mjs"));

    const before = await h2m("tools");
    await writeFile(join(shared, "h2m.config.json"), "{}");
    await within(shared, "trust");
    const half = await h2m("tools");
    await h2m("trust");

    expect(before.err).toContain(`\`h2m trust ${clone}\` and \`h2m trust ${shared}\``);
    expect(half).toMatchObject({ code: 2 });
    expect(existsSync(marker())).toBe(false);
    expect(await h2m("call", "echo", "text=both")).toMatchObject({ code: 0, out: "both\n" });
  });

  it("takes back a folder that is gone", async () => {
    await config();
    await h2m("trust");
    await rm(clone, { recursive: true });

    const revoked = await within(world.folder, "trust", "--revoke", "clone");

    expect(revoked).toMatchObject({ code: 0 });
    expect((await within(world.folder, "trust", "--list")).out).toBe("");
  });

  it.each<[string[], RegExp]>([
    [["trust"], /There is no config in `.*clone`, so there is nothing to trust\./],
    [["trust", "nowhere"], /There is no config in `.*nowhere`/],
    [["trust", "a", "b"], /cannot do anything with `b`/],
    [["trust", "--list", "a"], /cannot do anything with `a`/],
    [["trust", "--list", "--revoke"], /exclude each other/],
    [["trust", "--revoke"], /`.*clone` is not trusted\.\s+`h2m trust --list`/],
    [["tools", "--list"], /belong to `h2m trust`/],
    [["--revoke"], /belong to `h2m trust`/],
  ])("%j is wrong usage", async (args, message) => {
    const { code, out, err } = await h2m(...args);

    expect(err).toMatch(message);
    expect({ code, out }).toEqual({ code: 2, out: "" });
  });

  it("shows a folder's name without what a terminal would obey", async () => {
    const evil = join(clone, "a\u001b]0;x\u0007\nb\u202e");
    await mkdir(evil);
    await config(undefined, undefined, evil);

    const refused = await within(evil, "tools");
    const trusted = await within(evil, "trust");
    const list = await within(evil, "trust", "--list");

    expect(refused.err).toContain("a\\u{1b}]0;x\\u{7}\\nb\\u{202e}");
    expect(refused.err).toContain("`h2m trust` in that folder");
    for (const text of [refused.err, trusted.out, list.out])
      expect(text.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(list.out.split("\n")).toHaveLength(2);
  });
});

describe("a folder of tools", () => {
  it("runs nothing before its config's folder is trusted, nor where another user may change it", async () => {
    const tools = join(clone, "tools");
    await mkdir(tools);
    await writeFile(
      join(tools, "a.mjs"),
      `import { writeFileSync } from "node:fs";
       import { defineTool } from "harness-to-mcp";
       import { z } from "zod";
       writeFileSync(${JSON.stringify(marker())}, "");
       export default defineTool({ name: "a", description: "A.", input: z.object({}), handler: () => "a" });`,
    );
    const text = 'export default { tools: { local: ["./tools"] } };';
    await writeFile(join(clone, "h2m.config.mjs"), text);

    expect((await h2m("tools")).code).toBe(2);
    expect(existsSync(marker())).toBe(false);

    await h2m("trust");
    await chmod(tools, 0o777);
    const others = await h2m("tools");
    expect(others.err).toMatch(
      /`.*a\.mjs` is not loaded: every user may write the folder `.*tools`/,
    );
    expect(existsSync(marker())).toBe(false);

    await chmod(tools, 0o755);
    const own = await h2m("tools");
    expect(own.out).toMatch(/^a +- +A\./m);
    expect(existsSync(marker())).toBe(true);
  });
});

describe("a config that another user may change", () => {
  it("is neither loaded nor trusted, but loaded with a warning if it is named", async () => {
    await config("export default {};");
    await h2m("trust");
    await chmod(clone, 0o777);

    const found = await h2m("tools");
    const trusted = await h2m("trust");
    expect(existsSync(marker())).toBe(false);
    const named = await h2m("tools", "--config", "h2m.config.mjs");

    for (const { code, err } of [found, trusted]) {
      expect(err).toMatch(/is not loaded: every user may write the folder `.*clone`/);
      expect(code).toBe(2);
    }
    expect(named.err).toMatch(/^h2m: warn: `.*h2m\.config\.mjs` is loaded, and another user may/m);
    expect(named.err).toContain("No harness is named.");
    expect(existsSync(marker())).toBe(true);
  });

  it("is none if a file that it loads is the one: that is refused too", async () => {
    await writeFile(join(clone, "mine.mjs"), `export default { name: "mine" };`);
    await config(`export default { plugins: ["./mine.mjs"] };`);
    await h2m("trust");
    await chmod(join(clone, "mine.mjs"), 0o666);

    const { code, err } = await h2m("tools");

    expect(err).toMatch(/`.*mine\.mjs` is not loaded: every user may write the file/);
    expect(code).toBe(2);
  });
});

describe("h2m --stdio in a folder that the user does not trust", () => {
  it.each(ERAS)("answers, runs nothing, and tells the command (%s)", async (era) => {
    await config();
    const client = await connectStdio(era, {
      command: process.execPath,
      args: [world.cli, "--stdio"],
      cwd: clone,
      env: { HOME: world.folder, PATH: dirname(process.execPath), ...env() },
    });

    try {
      const command = `h2m trust ${clone}`;
      expect(client.instructions()).toContain(command);
      await expect(client.tools()).rejects.toThrow(command);
      await expect(client.call("echo", { text: "x" })).rejects.toThrow(command);
    } finally {
      await client.close();
    }
    expect(existsSync(marker())).toBe(false);
    expect((await readdir(world.folder)).filter((name) => name.startsWith("h2m-"))).toEqual([]);
  });

  it("does so for a config that others may write, and ends with 2 when its client goes", async () => {
    await config();
    await h2m("trust");
    await chmod(clone, 0o777);

    const served = start(world.cli, ["--stdio", "fake"], { cwd: clone, env: env() });
    const request = {
      jsonrpc: "2.0",
      id: 1,
      method: "initialize",
      params: {
        protocolVersion: "2025-11-25",
        capabilities: {},
        clientInfo: { name: "t", version: "1" },
      },
    };
    served.child.stdin?.write(`${JSON.stringify(request)}\n`);
    const answer = await until("the answer", () =>
      served.stdout().includes("\n") ? served.stdout() : undefined,
    );
    served.child.stdin?.end();

    expect(JSON.parse(answer).result.instructions).toContain("every user may write the folder");
    expect(await served.ended).toBe(2);
    expect(existsSync(marker())).toBe(false);
  });

  it("goes on with `--no-config`", async () => {
    await config();

    const { err } = await h2m("--stdio", "--no-config");

    expect(err).toContain("No harness is named.");
  });
});

describe("on a terminal", () => {
  const terminal = spawnSync("script", ["--version"]).stdout?.includes("util-linux") ?? false;

  /** Answers the question, and gives the exit code and all that was shown. */
  async function asked(word: string): Promise<{ code: unknown; shown: string }> {
    // `exec`: a shell that waits beside h2m would have the Ctrl-C too, and its exit code is not ours (dash: 130).
    const command = ["exec", process.execPath, world.cli, "call", "echo", "text=typed"].join(" ");
    const child = spawn("script", ["-qefc", command, "/dev/null"], {
      cwd: clone,
      env: { ...process.env, HOME: world.folder, ...env() },
    });
    let shown = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (shown += text));
    const closed = once(child, "close");
    await until("the question", () => shown.includes("[y/N]"), 15_000);
    expect(existsSync(marker())).toBe(false);
    child.stdin.write(word);
    return { code: (await closed)[0], shown };
  }

  it.skipIf(!terminal)("the user is asked, once", async () => {
    await config();

    const { code, shown } = await asked("y\n");

    expect(shown).toContain(`Do you trust the folder \`${clone}\``);
    expect(shown).toContain("typed");
    expect(code).toBe(0);
    expect(await h2m("call", "echo", "text=again")).toMatchObject({ code: 0, out: "again\n" });
  });

  it.skipIf(!terminal).each(["n\n", "\n", "\u0004"])("%j is a no", async (word) => {
    await config();

    const { code } = await asked(word);

    expect(code).toBe(2);
    expect(existsSync(marker())).toBe(false);
    expect((await h2m("trust", "--list")).out).toBe("");
  });

  it.skipIf(!terminal)("Ctrl-C is a no too, and says no more", async () => {
    await config();

    const { code, shown } = await asked("\u0003");

    expect(code).toBe(130);
    expect(shown).not.toContain("is not loaded");
    expect(existsSync(marker())).toBe(false);
    expect((await h2m("trust", "--list")).out).toBe("");
  });
});

it("`h2m init` trusts what it writes", async () => {
  await h2m("init", "codex");

  expect((await h2m("trust", "--list")).out).toBe(`${clone}\n`);
  expect((await h2m("tools")).err).toContain("The harness `codex` was not found");
});

it("`h2m init` in a folder of others says that its config is not trusted", async () => {
  await chmod(clone, 0o777);

  const { code, out, err } = await h2m("init", "codex");

  expect(out).toBe(`${clone}/h2m.config.ts\n`);
  expect(err).toContain("every user may write the folder");
  expect(code).toBe(2);
});
