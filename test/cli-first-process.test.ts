import { type ChildProcessWithoutNullStreams, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { firstProcessWarnings } from "../src/cli/server/first-process.ts";
import { builtCli, fakeConfig, stateOf, useCli } from "./helpers/cli.ts";
import { until } from "./helpers/until.ts";

const WARNING = /warn: h2m is the first process here/;
const run = promisify(execFile);

describe("h2m as the first process of a container", () => {
  const world = useCli();
  let cli: string;
  beforeAll(async () => void (cli = await builtCli()), 120_000);

  it("warns of zombies, and as any other process does not", async () => {
    await world.put("h2m.config.mjs", fakeConfig());
    const { child, stderr, says } = world.start("--port", "0");
    await says(/MCP: +http/);
    child.kill();

    expect(stderr()).not.toMatch(WARNING);
    expect(firstProcessWarnings(4711)).toEqual([]);
    expect(firstProcessWarnings(1)).toEqual([expect.stringContaining("docker run --init")]);
  });

  it.each([
    ["over HTTP", ["--port", "0"]],
    ["over stdio", ["--stdio"]],
  ])("says so at its start, serves, and ends when it is told to (%s)", async (_, args) => {
    const inside = await namespace();
    // This machine does not let us make one: there is nothing to look at.
    if (!inside) return console.warn("not tested: this user may make no namespace of processes");
    await world.put("h2m.config.mjs", fakeConfig());
    const child = spawn(inside[0], [...inside.slice(1), process.execPath, cli, ...args], {
      cwd: world.folder,
      env: {
        PATH: `${dirname(process.execPath)}:/usr/bin:/bin`,
        HOME: world.folder,
        TMPDIR: world.folder,
        XDG_STATE_HOME: stateOf(world.folder),
      },
    });
    const ended = once(child, "close");
    let said = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (said += text));

    await until("it serves", () => /MCP: +http/.test(said) || args[0] === "--stdio", 15_000);
    await until("it warns", () => WARNING.test(said), 15_000);
    await stop(child, args[0] === "--stdio");

    expect((await ended)[0]).toBe(0);
    expect(said.split(WARNING)).toHaveLength(2);
  });
});

/** Words before a command that make it the first process of its own namespace; `undefined`: we may not. */
async function namespace(): Promise<[string, ...string[]] | undefined> {
  const words: [string, ...string[]] = ["unshare", "--pid", "--fork", "--mount-proc"];
  for (const inside of [words, [...words, "--map-root-user"] as typeof words]) {
    const tried = await run(inside[0], [...inside.slice(1), "true"]).catch(() => undefined);
    if (tried) return inside;
  }
  return undefined;
}

/** Ends the h2m inside: by the end of its input, or by a signal to the one child of `unshare`. */
async function stop({ pid, stdin }: ChildProcessWithoutNullStreams, byInput: boolean) {
  if (byInput) return stdin.end();
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8");
  process.kill(Number(children.trim()), "SIGTERM");
}
