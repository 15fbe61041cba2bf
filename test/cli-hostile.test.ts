import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { builtCli, fakeConfig, useCli } from "./helpers/cli.ts";
import { connect } from "./helpers/clients.ts";

const h2m = useCli();

const points = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, at) => String.fromCodePoint(first + at)).join("");
/** Every control character, what turns writing or is not seen, half a character, escapes that do harm, and a forged line. */
const HOSTILE = `${points(0, 31)}${points(127, 159)}\u202e\u2066\u2028\u2029\u200b\ufeff\u{e0041}\ud83d\u001b]52;c;cm0=\u0007\u001b[2J\r\nh2m: error: forged\n`;
/** What of it may not stand on a terminal or in a log. */
const RAW = /[^\P{C}\n\t]|[\u2028\u2029]/u;

/** A harness one of whose tools has a hostile name, description, argument, and result. */
const hostile = (options: object = {}) =>
  h2m.put(
    "h2m.config.mjs",
    `const text = ${JSON.stringify(HOSTILE)};
    const hostile = {
      name: "hostile",
      list: (tools) => tools.flatMap((tool) => tool.name === "pid" ? tool : tool.name !== "echo" ? [] : {
        ...tool,
        name: "evil" + text,
        description: "x" + text,
        inputSchema: { type: "object", properties: { ["k" + text]: {} } },
      }),
      call: async (call, next) => call.name.startsWith("evil") ? { content: [
        { type: "text", text },
        { type: "image", mimeType: "image/png" + text, data: "" },
      ] } : next(call),
    };
    ${fakeConfig(options, "tools: { portable: false, map: [hostile] }")}`,
  );

beforeEach(() => hostile());

describe("what a hostile harness says", () => {
  it("stands on one line for each tool in `h2m tools`, `h2m lock` and `h2m diff`", async () => {
    const tools = await h2m.run("tools");
    const locked = await h2m.run("lock");
    await h2m.put("h2m.config.mjs", fakeConfig({}, 'tools: { include: ["echo", "pid"] }'));
    const diff = await h2m.run("diff");
    await hostile();
    const frozen = await h2m.run("diff");

    for (const { out, err } of [tools, locked, diff, frozen]) {
      expect(out).not.toMatch(RAW);
      expect(RAW.exec(err)).toBeNull();
    }
    expect(tools.out.match(/\n/g)).toHaveLength(2);
    expect(tools.out).toContain("evil\\u{0}\\u{1}");
    expect(locked.out.match(/\n/g)).toHaveLength(2);
    expect(diff.out).toMatch(/^fake 1\.2\.3: 1 added, 1 removed\n {2}\+ echo\n {2}- evil.*\n$/);
  });

  it("is JSON for a program with `--json`, with nothing raw in it", async () => {
    const tools = await h2m.run("tools", "--json");
    const call = await h2m.run("call", `evil${HOSTILE.replaceAll("\0", "")}`, "--json");

    expect(tools.out).not.toMatch(RAW);
    const [{ name }] = JSON.parse(tools.out) as [{ name: string }];
    expect(name).toBe(`evil${HOSTILE}`.toWellFormed());
    expect(call.err).not.toMatch(RAW);
  });

  it("goes into a pipe as it is, and is spelled in letters on a terminal", async () => {
    const call = ["call", "pid"];
    await h2m.put(
      "h2m.config.mjs",
      fakeConfig(
        {},
        `tools: { map: [{ name: "x", call: async () => ({ content: [{ type: "text", text: ${JSON.stringify(HOSTILE)} }] }) }] }`,
      ),
    );

    const piped = await h2m.run(...call);
    const shown = await onTerminal(call);

    expect(piped.out).toBe(HOSTILE.toWellFormed());
    expect(shown).toContain("\\u{1b}]52;c;cm0=\\u{7}");
    expect(shown.replaceAll(/\r+\n/g, "\n")).not.toMatch(RAW);
  });

  it("is told with what it printed when it ended, and forges no line of the log", async () => {
    await hostile({ exit: { code: 7, stderr: `dead ${HOSTILE}` } });

    const call = await h2m.run("call", "pid");
    const stdio = h2m.start("--stdio", "fake", "--log-level", "debug");
    await stdio.says(/dead/);
    stdio.child.stdin?.end();
    await stdio.ended;

    for (const err of [call.err, stdio.stderr()]) {
      expect(err).toContain("dead \\u{0}");
      expect(RAW.exec(err)).toBeNull();
      expect(err).not.toMatch(/^(\S+Z )?h2m: error: forged/m);
    }
    for (const line of stdio.stderr().trimEnd().split("\n"))
      expect(line).toMatch(/^(\d{4}-\d\d-\d\dT\S+Z h2m: |config: )/);
  });

  it("is one line of the log of a server for each thing that happens", async () => {
    const server = h2m.start("--port", "0", "--token", "t-of-the-test", "--log-level", "debug");
    const [, url = ""] = await server.says(/MCP: +(\S+)/);
    const client = await connect("v2-2025", url, "t-of-the-test");
    const [tool] = (await client.tools()).filter(({ name }) => name.startsWith("evil"));
    await client.call(tool!.name, {}).catch(() => {});
    await client.close();
    server.child.kill("SIGTERM");
    await server.ended;

    expect(server.stderr()).not.toMatch(RAW);
    expect(server.stderr()).not.toMatch(/^(\S+Z )?h2m: error: forged/m);
    expect(server.stderr()).toContain("evil\\u{0}");
  });
});

/** What a command shows on a terminal, standard error included. */
async function onTerminal(args: readonly string[]): Promise<string> {
  const command = [process.execPath, await builtCli(), ...args].map((word) => `'${word}'`);
  const child = spawn("script", ["-qec", command.join(" "), "/dev/null"], {
    cwd: h2m.folder,
    env: {
      PATH: process.env["PATH"],
      HOME: h2m.folder,
      XDG_STATE_HOME: join(h2m.folder, "state"),
      // Without signs of life, which steer the terminal on purpose.
      TERM: "dumb",
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let shown = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (shown += text));
  await once(child, "close");
  return shown;
}
