import { type CallToolResult, Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { textOf } from "../../src/plugin.ts";
import { ROWS, type Surroundings } from "./as-the-user-has-it.ts";
import { ROOT } from "./setup.ts";
import { inThisRun } from "./versions.ts";
import { CONNECT, processesWith, until, World } from "./world.ts";

interface Call {
  readonly name: string;
  readonly arguments: Record<string, unknown>;
}

/** How a harness spells the two calls. */
interface Words {
  readonly tools: readonly string[];
  shell(command: string): Call;
  write(path: string, text: string): Call;
}

const HARNESSES: readonly (readonly [harness: string, words: Words])[] = [
  [
    "claude",
    {
      tools: ["Bash", "Read", "Write", "Edit"],
      shell: (command) => ({ name: "Bash", arguments: { command, description: "a test" } }),
      write: (file_path, content) => ({ name: "Write", arguments: { file_path, content } }),
    },
  ],
  [
    "codex",
    {
      tools: ["exec_command", "apply_patch", "view_image"],
      shell: (cmd) => ({ name: "exec_command", arguments: { cmd, yield_time_ms: 20_000 } }),
      write: (path, text) => ({
        name: "apply_patch",
        arguments: { input: `*** Begin Patch\n*** Add File: ${path}\n+${text}*** End Patch\n` },
      }),
    },
  ],
  [
    "opencode",
    {
      tools: ["bash", "read", "write", "edit"],
      shell: (command) => ({ name: "bash", arguments: { command, description: "a test" } }),
      write: (filePath, content) => ({ name: "write", arguments: { filePath, content } }),
    },
  ],
];

/** OpenCode takes 15 s to start: in CI, which has to end some time, it is tried where it once failed. */
const rowsOf = (harness: string) =>
  harness === "opencode" && process.env["CI"]
    ? ROWS.filter(({ what }) => /proxy|escape|quotes|executed/.test(what))
    : ROWS;

/** `h2m --stdio` as a client starts it, in the surroundings of a user. */
describe.each(inThisRun(HARNESSES))("%s as the user has it", (harness, words) => {
  let world: World;
  let around: Surroundings | undefined;
  let client: Client;
  let log: string;

  beforeEach(async () => {
    world = await World.create();
    client = new Client({ name: "live-test", version: "1" });
    log = "";
  });
  afterEach(async () => {
    await client.close();
    await around?.end?.();
    await world.end();
  });

  const connect = async (folder: string, env: NonNullable<Surroundings["env"]>) => {
    const config = join(world.root, "h2m.config.json");
    await writeFile(config, JSON.stringify({ timeouts: { connect: CONNECT } }));
    const all = { ...process.env, XDG_STATE_HOME: join(world.root, "state"), ...env };
    const transport = new StdioClientTransport({
      command: process.execPath,
      args: [join(ROOT, "dist/cli.mjs"), harness, "--stdio", "--config", config, "--cwd", folder],
      cwd: world.project,
      env: Object.fromEntries(
        Object.entries(all).flatMap(([name, value]) =>
          value === undefined ? [] : [[name, value]],
        ),
      ),
      stderr: "pipe",
    });
    transport.stderr?.on("data", (chunk) => (log += String(chunk)));
    await client.connect(transport);
  };
  const call = async (each: Call) => (await client.callTool(each)) as CallToolResult;
  const said = (result: CallToolResult) =>
    textOf(result)
      .replace(/^[\s\S]*?\nOutput:\n/, "")
      .trimEnd();

  it.each(rowsOf(harness))("with $what", async ({ set, refused = {} }) => {
    around = await set(world, harness);
    // This machine does not let us: there is nothing to look at.
    if (!around) return console.warn("not tested: this user may not mount");
    const { env = {}, folder = world.project, shows } = around;
    await connect(folder, env);
    const list = client.listTools(undefined, { timeout: CONNECT });
    const refusal = refused[harness];
    if (refusal) return expect(list).rejects.toThrow(refusal);

    // list
    const { tools } = await list.catch((error: Error) => {
      throw new Error(`${error.message}\n${log}`);
    });
    expect(tools.map(({ name }) => name)).toEqual(expect.arrayContaining([...words.tools]));

    // shell
    expect(said(await call(words.shell('echo "$(pwd)|"')))).toBe(`${folder}|`);
    if (shows && !shows.not?.includes(harness))
      expect(said(await call(words.shell(shows.command)))).toBe(shows.text);

    // write
    const path = join(folder, "new.txt");
    const written = await call(words.write(path, "a line\n"));
    expect(written.isError ?? false, textOf(written)).toBe(false);
    expect(await readFile(path, "utf8")).toBe("a line\n");

    // cancel
    const mark = `${37_000 + Math.floor(Math.random() * 9_000)}.5`;
    const running = async () => (await processesWith(`sleep ${mark}`)).length > 0;
    const control = new AbortController();
    // Claude Code 2.1.310 and later refuses a command that begins with a long sleep.
    const params = words.shell(`true; sleep ${mark}; true`);
    const cancelled = client.callTool(params, { signal: control.signal }).catch((error) => error);
    await until("the command runs", 20_000, running);
    control.abort();
    await until("it has ended", 8_000, async () => !(await running()));
    expect(await cancelled).toBeInstanceOf(Error);
    expect(said(await call(words.shell("echo next")))).toBe("next");

    // Nothing of it stays.
    await client.close();
    const left = async () =>
      (await readdir(world.temporary)).filter((name) => name.startsWith("h2m-"));
    await until("the private folder is gone", 8_000, async () => (await left()).length === 0);
    expect(log.split("\n").filter((line) => /\b(warn|error)\b/i.test(line))).toEqual([]);
  });
});
