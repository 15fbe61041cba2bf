import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { version } from "../package.json" with { type: "json" };
import { type Cli, fakeConfig, start, stateOf, useCli } from "./helpers/cli.ts";
import { connect } from "./helpers/clients.ts";
import { lives, until } from "./helpers/until.ts";

const world = useCli();
let running: Cli[];
beforeEach(() => void (running = []));
afterEach(async () => {
  for (const { child } of running) child.kill("SIGKILL");
  await Promise.all(running.map(({ ended }) => ended));
});

/** A process of its own. */
function h2m(args: readonly string[], env: Record<string, string> = {}): Cli {
  const started = start(world.cli, args, { cwd: world.folder, env });
  running.push(started);
  return started;
}

/** A whole run: what it wrote and how it ended. */
const run = (args: readonly string[], env: Record<string, string> = {}) =>
  world.runWith({ env }, ...args);

const config = (text: string, name = "h2m.config.mjs") => world.put(name, text);
const NO_STACK = /^\s+at |node:internal/m;

describe("h2m --help and --version", () => {
  it("lists every flag and subcommand", async () => {
    const { code, out } = await run(["--help"]);

    expect(code).toBe(0);
    for (const word of [
      "h2m tools",
      "h2m call",
      "h2m lock",
      "h2m diff",
      "h2m trust",
      "--list",
      "--revoke",
      "--frozen",
      "--yes",
      "--stdio",
      "--config",
      "--no-config",
      "--profile",
      "readonly",
      "full",
      "--cwd",
      "--host",
      "--port",
      "--allowed-host",
      "--token",
      "--attach-key",
      "--no-auth",
      "--log-level",
      "--json",
      "--version",
      "--help",
      "H2M_TOKEN",
      "H2M_ATTACH_KEY",
      "H2M_TOKEN_FILE",
      "H2M_ATTACH_KEY_FILE",
      "H2M_PORT",
      "H2M_HOST",
      "H2M_ALLOWED_HOSTS",
      "H2M_LOG_LEVEL",
    ])
      expect(out).toContain(word);
  });

  it("prints the version alone", async () => {
    expect(await run(["--version"])).toEqual({ code: 0, out: `${version}\n`, err: "" });
    expect(await run(["tools", "-v"])).toMatchObject({ code: 0, out: `${version}\n` });
  });
});

describe("a process of its own", () => {
  it.each<[readonly string[], number, string | RegExp, RegExp]>([
    [["--version"], 0, `${version}\n`, /^$/],
    [["help"], 0, /h2m tools/, /^$/],
    [["--prot", "1"], 2, "", /^h2m: There is no flag `--prot`\.\n +Did you mean `--port`\? .*\n$/],
    [["tools", "--no-config"], 2, "", /^h2m: No harness is named\.\n/],
    [["tools"], 0, /^echo +- +The invented tool echo\.$/m, /^config: .*\n$/],
    [["tools", "ehco"], 1, "", /There is no tool `ehco`/],
    [["call", "echo", "text=a b"], 0, "a b\n", /^config: .*\n$/],
    [["call", "fail", "text=broken"], 1, "broken\n", /^config: .*\n$/],
    [["call", "big", "n=3000000"], 0, `${"x".repeat(3_000_000)}\n`, /^config: .*\n$/],
  ])("that runs %j ends with %j, and all that it says is out", async (args, code, out, err) => {
    await config(fakeConfig());

    const ran = await world.runAlone(...args);

    expect(ran.code).toBe(code);
    if (typeof out === "string") expect(ran.out === out, ran.out.slice(0, 200)).toBe(true);
    else expect(ran.out).toMatch(out);
    expect(ran.err).toMatch(err);
  });

  it("ends with 2 for a config that is wrong", async () => {
    await config("export default { servr: {} };");

    const { code, out, err } = await world.runAlone();

    expect(err).toMatch(/`servr` is unknown\. Did you mean `server`\?/);
    expect({ code, out }).toEqual({ code: 2, out: "" });
  });
});

describe("wrong usage", () => {
  it.each<[readonly string[], RegExp]>([
    [["--prot", "1"], /There is no flag `--prot`\.\s+Did you mean `--port`\?/],
    [["--port"], /`--port` needs a value\./],
    [["--port", "--no-auth"], /`--port` needs a value\./],
    [["--port", "80a"], /`--port` must be a whole number from 0 to 65535, not the text "80a"\./],
    [["--port="], /`--port` needs a value\./],
    [["--no-auth=1"], /`--no-auth` takes no value\./],
    [["--log-level", "loud"], /`--log-level` must be one of silent, error, warn, info, debug/],
    [["--host", "a b"], /`--host` must be a host name/],
    [["--config", "x.ts", "--no-config"], /`--config` and `--no-config` exclude each other\./],
    [["--config", "x.ts"], /There is no config file `\/.*\/x\.ts`\./],
    [["--stdio", "tools"], /`--stdio` and `tools` exclude each other\./],
    [["--json"], /`--json` belongs to/],
    [["clade"], /There is no harness or subcommand `clade`\.\s+Did you mean `claude`\?/],
    [["tool"], /Did you mean `tools`\?/],
    [["tools", "clade"], /There is no harness `clade`\.\s+Did you mean `claude`\?/],
    [["claude", "codx"], /There is no harness `codx`\.\s+Did you mean `codex`\?/],
    [["claude", "codex", "claude"], /The harness `claude` is named twice\./],
    [["tools", "claude", "Bash", "Read"], /`Read` means nothing here\./],
    [["help", "calls"], /There is no command `calls`/],
    [["call"], /No tool is named\./],
    [
      ["call", "clade", "Bash", "a=1"],
      /There is no harness `clade`\..*\n.*Did you mean `claude`\?/,
    ],
    [["tools"], /No harness is named\./],
    [["--stdio"], /No harness is named\./],
    [["--cwd", "/nowhere-at-all"], /There is no folder `\/nowhere-at-all`/],
    [
      ["--host", "0.0.0.0"],
      /To serve `0\.0\.0\.0`, which others can reach, h2m needs\n.*a token of yours/,
    ],
    [["--host", "0.0.0.0", "--no-auth"], /Without a secret, h2m serves loopback only/],
  ])("%j ends with 2 and one clear message", async (args, expected) => {
    const { code, out, err } = await run(args);

    expect(err).toMatch(expected);
    expect(err).not.toMatch(NO_STACK);
    expect(out).toBe("");
    expect(code).toBe(2);
  });

  it("is also found in the environment, where an empty variable is none", async () => {
    expect(await run(["tools"], { H2M_PORT: "x" })).toMatchObject({
      code: 2,
      err: expect.stringContaining(
        '`H2M_PORT` must be a whole number from 0 to 65535, not the text "x".',
      ),
    });
    const { err } = await run(["tools"], {
      H2M_PORT: "",
      H2M_HOST: "",
      H2M_TOKEN: "",
      H2M_LOG_LEVEL: "",
    });
    expect(err).toContain("No harness is named.");
  });

  it("is no port that Kubernetes sets for a Service of our name: it is ignored, with a word", async () => {
    const link = await run(["tools"], { H2M_PORT: "tcp://10.96.12.7:9330" });
    const flag = await run(["tools", "--port", "9331"], { H2M_PORT: "udp://10.96.12.7:9330" });

    expect(link.err).toMatch(/^h2m: warn: `H2M_PORT` is `tcp:.*` as Kubernetes .* ignored/m);
    expect(link.err).toContain("No harness is named.");
    expect(flag.err).not.toContain("Kubernetes");
  });

  it("never shows the token that was written wrongly", async () => {
    const { code, err } = await run(["--token", "se cret"]);

    expect(code).toBe(2);
    expect(err).toMatch(/`--token` must be a text of ASCII letters/);
    expect(err).not.toContain("se cret");
  });

  it("shows the cause with log level debug", async () => {
    await config("export default {");

    expect((await run([])).err).not.toMatch(NO_STACK);
    expect((await run(["--log-level", "debug"])).err).toMatch(NO_STACK);
  });
});

describe("a wrong config file", () => {
  it.each<[string, RegExp]>([
    [
      "export default { servr: {}, heartbeat: 'x' };",
      /The config `.*h2m\.config\.mjs` has 2 mistakes:\s+- `heartbeat` must be .*\s+- `servr` is unknown\. Did you mean `server`\?/,
    ],
    [
      "export default {\n  server: { port: 1,, }\n};",
      /The config file `.*h2m\.config\.mjs:2:\d+` cannot be loaded: Unexpected token\./,
    ],
    [
      "export default { harnesses: ['clade'] };",
      /There is no harness `clade`\.\s+Did you mean `claude`\?/,
    ],
    ["export default { tools: { rename: { a: 'x', b: 'x' } } };", /gives two tools the name `x`/],
  ])("ends with 2 and one clear message (%s)", async (text, expected) => {
    await config(text);

    const { code, err } = await run([]);

    expect(err).toMatch(expected);
    expect(err).not.toMatch(NO_STACK);
    expect(code).toBe(2);
    expect(await run(["--no-config", "tools"])).toMatchObject({
      code: 2,
      err: expect.stringContaining("No harness is named"),
    });
  });
});

describe("h2m", () => {
  it("tells where it is and how to get in, without the secrets where no person reads", async () => {
    const server = h2m(["--port", "0", "--no-config"]);

    await server.says(/Attach a harness[\s\S]*\nThen type a first prompt in it/);
    const err = server.stderr();

    expect(err).toMatch(/MCP: +http:\/\/127\.0\.0\.1:\d+\/mcp/);
    expect(err).toContain(`Bearer $(cat ${world.folder}/state/h2m/token)`);
    expect(err).toContain(`"$(cat ${world.folder}/state/h2m/attach-key)"`);
    expect(err).not.toMatch(/[\da-f]{32}/);
    expect(server.stdout()).toBe("");
  });

  it("serves a harness of the config, in whose folder it was started, and ends cleanly on SIGTERM", async () => {
    await config(fakeConfig({}, 'server: { port: 0, token: "t-1" }'));
    const server = h2m([]);
    const [, url = ""] = await server.says(/MCP: +(\S+)/);
    const client = await connect("v1", url, "t-1");

    expect(await client.text("echo", { text: "hello" })).toBe("hello");
    const pid = Number(await client.text("pid"));
    expect(server.stderr()).toContain(`config:  ${world.folder}/h2m.config.mjs`);
    expect(server.stderr()).toMatch(/harness: fake 1\.2\.3/);
    expect(server.stderr()).not.toContain("t-1");
    server.child.kill("SIGTERM");

    expect(await server.ended).toBe(0);
    await until("the harness is gone", () => !lives(pid));
    expect((await readdir(world.folder)).filter((name) => name.startsWith("h2m-"))).toEqual([]);
    expect(server.stdout()).toBe("");
    await client.close().catch(() => {});
  });

  it("writes the time on each line of its log, where that is no terminal", async () => {
    await config(fakeConfig({}, 'server: { port: 0, token: "t-1" }'));
    const server = h2m([]);
    const [, url = ""] = await server.says(/MCP: +(\S+)/);
    const client = await connect("v1", url, "t-1");
    await client.text("echo", { text: "x" });
    await server.says(/echo \d+ ms/);
    server.child.kill("SIGHUP");
    await server.says(/the config was read anew/);
    await client.close().catch(() => {});

    const log = server.stderr().match(/^.*(?:started in|has \d+ tools|echo \d+ ms|read anew).*$/gm);
    expect(log).toHaveLength(4);
    for (const line of log ?? []) {
      const [time = "", name] = line.split(" ");
      expect(new Date(time).toISOString()).toBe(time);
      expect(Math.abs(Date.now() - Date.parse(time))).toBeLessThan(60_000);
      expect(name).toBe("h2m:");
    }
    expect(server.stderr()).toMatch(/^MCP:/m);
  });

  it.each(["SIGINT", "SIGTERM"] as const)("ends with 0 on %s", async (signal) => {
    const server = h2m(["--port", "0", "--no-config"]);
    await server.says(/MCP:/);
    server.child.kill(signal);

    expect(await server.ended).toBe(0);
  });

  it("takes a flag before the environment, the environment before the config", async () => {
    await config(
      fakeConfig({}, 'server: { port: 9331, token: "of-config" }, log: { level: "silent" }'),
    );
    const server = h2m(["--token", "of-flag", "--log-level", "info"], {
      H2M_PORT: "0",
      H2M_TOKEN: "of-env",
      H2M_LOG_LEVEL: "debug",
    });
    const [, url = ""] = await server.says(/MCP: +(\S+)/);
    const status = async (token: string) =>
      (await fetch(url, { headers: { authorization: `Bearer ${token}` } })).status;

    expect(new URL(url).port).not.toBe("9331");
    expect(await status("of-env")).toBe(401);
    expect(await status("of-config")).toBe(401);
    expect(await status("of-flag")).not.toBe(401);
  });

  it("says that its port is taken, and what to do", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as { port: number };

    const { code, err } = await run(["--no-config", "--port", String(port)]);

    other.close();
    expect(code).toBe(1);
    expect(err).toMatch(new RegExp(`Port ${port} of 127\\.0\\.0\\.1 is taken\\.\\s+.*--port`));
    expect(err).not.toMatch(NO_STACK);
  });

  it("ends at once if the harness that it was asked for is not installed", async () => {
    await config(fakeConfig({ missing: true }, "harnesses: []"));

    const { code, err } = await run(["fake", "--port", "0"]);

    expect(code).toBe(1);
    expect(err).toContain("The harness `fake` was not found");
    expect(err).toContain("Install it: `npm install -g fake-harness`");
  });

  it("serves on if a harness of the config is not installed, for it may come", async () => {
    await config(fakeConfig({ missing: true }));
    const server = h2m(["--port", "0"]);
    await server.says(/npm install -g fake-harness/);
    const [, url = ""] = await server.says(/MCP: +(\S+)\/mcp/);

    expect((await fetch(`${url}/health`)).status).toBe(200);
  });

  it("needs no secret on loopback with --no-auth", async () => {
    const server = h2m(["--port", "0", "--no-config", "--no-auth"]);
    const [, url = ""] = await server.says(/MCP: +(\S+)/);
    await server.says(/Attach a harness, with any key/);

    expect((await fetch(url)).status).not.toBe(401);
    expect(await readdir(world.folder)).not.toContain("state");
  });
});

describe("h2m tools", () => {
  it("prints name, effects and first line of each tool", async () => {
    const annotations = {
      echo: { readOnlyHint: true, openWorldHint: false },
      pid: { readOnlyHint: true },
      big: { destructiveHint: false, openWorldHint: false },
      die: {},
    };
    await config(fakeConfig({}, `tools: { annotations: ${JSON.stringify(annotations)} }`));

    const { code, out } = await run(["tools"]);

    expect(code).toBe(0);
    expect(out).toMatch(/^echo +reads +The invented tool echo\.$/m);
    expect(out).toMatch(/^pid +reads, open world +The invented tool pid\.$/m);
    expect(out).toMatch(/^big +adds +The invented tool big\.$/m);
    expect(out).toMatch(/^die +destructive, open world +The invented tool die\.$/m);
    expect(out).toMatch(/^reminded +- +The invented tool reminded\.$/m);
  });

  it("prints the tools as MCP has them with --json, and nothing else on stdout", async () => {
    await config(
      `console.log("from the config");${fakeConfig({}, 'tools: { include: ["echo"], rename: { echo: "say" } }')}`,
    );

    const { code, out, err } = await run(["tools", "fake", "--json"]);

    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject([{ name: "say", inputSchema: { type: "object" } }]);
    expect(err).toContain("from the config");
  });

  it("prints all of one tool that is named", async () => {
    await config(fakeConfig());

    const plain = await run(["tools", "fake", "echo"]);
    const json = await run(["tools", "echo", "--json"]);
    const wrong = await run(["tools", "ehco"]);

    expect(plain.out).toMatch(/^echo {2}-\n\nThe invented tool echo\.\n\n\{\n/);
    expect(plain.out).toContain('"text": {');
    expect(JSON.parse(json.out)).toMatchObject({ name: "echo", inputSchema: { type: "object" } });
    expect(wrong).toMatchObject({ code: 1, out: "" });
    expect(wrong.err).toMatch(/There is no tool `ehco`\.\s+Did you mean `echo`\?/);
  });

  it("says why there are none", async () => {
    await config(fakeConfig({ exit: { code: 7, stderr: "the fake has no heart" } }));

    const { code, out, err } = await run(["tools"]);

    expect(code).toBe(1);
    expect(out).toBe("");
    expect(err).toMatch(/7[\s\S]*the fake has no heart/);
    expect(err).not.toMatch(NO_STACK);
  });

  it("warns of a pattern that matches no tool", async () => {
    await config(fakeConfig({}, 'tools: { include: ["ecoh", "pid"] }'));

    const { err } = await run(["tools"]);

    expect(err).toContain("warn: `ecoh` in `tools.include` matches no tool. Did you mean `echo`?");
  });
});

describe("--profile", () => {
  const profiles = `
    tools: { include: ["e*", "pid"], args: { echo: { pin: { text: "pinned" } } } },
    profiles: { one: { tools: { include: ["echo"], annotations: { echo: { title: "E" } } } } },
  `;
  beforeEach(() => config(fakeConfig({}, profiles)));

  it("lays a profile of the config over it, and says so", async () => {
    const { code, out, err } = await run(["tools", "--profile", "one", "--json"]);

    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject([
      { name: "echo", annotations: { title: "E" }, inputSchema: { properties: {} } },
    ]);
    expect(err).toMatch(/^config: .*\nprofile: one$/m);
    expect(await run(["call", "echo", "--profile=one"])).toMatchObject({
      code: 0,
      out: "pinned\n",
    });
  });

  it("takes a built-in one: only what is marked as read-only, or all", async () => {
    const marked = 'tools: { annotations: { pid: { readOnlyHint: true } }, exclude: ["b*"] }';
    await config(fakeConfig({}, marked));

    const readonly = await run(["tools", "--profile", "readonly"]);
    const refused = await run(["call", "--profile", "readonly", "echo", "text=x"]);
    const full = await run(["tools", "--profile", "full"]);

    expect(readonly.out).toMatch(/^pid .*\n$/);
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.err).toContain("There is no tool `echo`.");
    expect(full.out).toMatch(/^big /m);
  });

  it("is wrong usage if there is none of that name", async () => {
    const { code, err } = await run(["tools", "--profile", "onee"]);

    expect(code).toBe(2);
    expect(err).toMatch(
      /There is no profile `onee`\.\s+Did you mean `one`\? Known: one, readonly, full\./,
    );
    expect(await run(["tools", "--profile"])).toMatchObject({ code: 2 });
  });
});

describe("h2m call", () => {
  beforeEach(() => config(fakeConfig()));

  it.each<[readonly string[], string]>([
    [["echo", "text=a b=c"], "a b=c\n"],
    [["echo", '{ "text": "line\\n" }'], "line\n"],
    [["fake", "echo", "text="], ""],
    [["fake", "echo", "text=12"], "12\n"],
    [["big", "n=5"], "xxxxx\n"],
    [["pid"], expect.stringMatching(/^\d+\n$/)],
  ])("%j prints the text of the result", async (args, expected) => {
    const { code, out, err } = await run(["call", ...args]);

    expect(err).not.toContain("h2m:");
    expect(out).toEqual(expected);
    expect(code).toBe(0);
  });

  it("ends with 1 if the tool fails, and prints what it said", async () => {
    expect(await run(["call", "fail", "text=broken"])).toMatchObject({ code: 1, out: "broken\n" });
  });

  it("ends with 1 for an unknown tool, naming the nearest", async () => {
    const { code, out, err } = await run(["call", "ehco", "text=x"]);

    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toMatch(/There is no tool `ehco`\.\s+Did you mean `echo`\?/);
  });

  it("ends with 1 for wrong arguments, which never reach the tool", async () => {
    const { code, out } = await run(["call", "big", "n=many"]);

    expect(code).toBe(1);
    expect(out).toContain("`n`");
  });

  it("ends with 2 for arguments that are none", async () => {
    expect(await run(["call", "echo", "{text}"])).toMatchObject({ code: 2 });
    expect(await run(["call", "fake", "echo", "text"])).toMatchObject({ code: 2 });
  });

  it("prints the whole result with --json, and tells of an image without it", async () => {
    const whole = await run(["call", "image", "--json"]);
    const plain = await run(["call", "image"]);

    expect(JSON.parse(whole.out)).toMatchObject({
      content: [
        { type: "text", text: "seen" },
        { type: "image", mimeType: "image/png" },
      ],
    });
    expect(plain.out).toBe("seen\n");
    expect(plain.err).toMatch(/image\/png of \d+ bytes/);
  });

  it("prints a failure as a result too with --json, and nothing where the command line is wrong", async () => {
    const unknown = await run(["call", "ehco", "text=x", "--json"]);
    const usage = await run(["call", "echo", "{", "--json"]);

    expect(JSON.parse(unknown.out)).toEqual({
      content: [
        { type: "text", text: expect.stringMatching(/no tool `ehco`.*Did you mean `echo`/) },
      ],
      isError: true,
      _meta: { "h2m/error": "unknown-tool" },
    });
    expect(unknown.err).toContain("There is no tool `ehco`.");
    expect(unknown.code).toBe(1);
    expect(usage).toMatchObject({ code: 2, out: "" });
  });

  it("ends its harness when it is interrupted", async () => {
    const call = h2m(["call", "stuck", "--log-level", "debug"]);
    const [, pid = ""] = await call.says(/started in .*\(pid (\d+)\)/);
    await call.says(/stuck begins/);
    call.child.kill("SIGINT");

    expect(await call.ended).toBe(130);
    await until("the harness is gone", () => !lives(Number(pid)));
  });

  it("ends quietly when nobody reads its output any more", async () => {
    const call = h2m(["call", "big", "n=3000000"]);
    call.child.stdout?.destroy();

    expect(await call.ended).toBe(0);
    expect(call.stderr()).not.toMatch(/EPIPE|Error/);
  });
});

describe("h2m call of a tool that needs a confirmation", () => {
  beforeEach(() => config(fakeConfig({}, 'tools: { confirm: ["echo"] }')));

  it("is refused without a terminal, with what to do", async () => {
    const { code, out } = await run(["call", "echo", "text=x"]);

    expect(code).toBe(1);
    expect(out).toContain("`echo` needs a confirmation");
    expect(out).toContain("`--yes`");
  });

  it("asks nothing with --yes", async () => {
    expect(await run(["call", "--yes", "echo", "text=x"])).toMatchObject({ code: 0, out: "x\n" });
    expect(await run(["tools", "--yes"])).toMatchObject({ code: 2 });
  });

  const terminal = spawnSync("script", ["--version"]).stdout?.includes("util-linux") ?? false;
  it.skipIf(!terminal).each([
    ["y", 0, "typed"],
    ["n", 1, "The user declined `echo`"],
    ["", 1, "The user declined `echo`"],
    ["\u0004", 1, "The user declined `echo`"],
  ])("asks on a terminal, where %j is an answer", async (word, code, expected) => {
    const command = [process.execPath, world.cli, "call", "echo", "text=typed"].join(" ");
    const env = { ...process.env, XDG_STATE_HOME: stateOf(world.folder) };
    const child = spawn("script", ["-qefc", command, "/dev/null"], { cwd: world.folder, env });
    let shown = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (shown += text));
    await until("the question", () => shown.includes("[y/N]"), 15_000);
    expect(shown).toMatch(/Run `echo` \(fake\) in .*"text": "typed"/s);
    const before = shown.length;

    child.stdin.write(word === "\u0004" ? word : `${word}\n`);

    expect((await once(child, "close"))[0]).toBe(code);
    expect(shown.slice(before)).toContain(expected);
  });

  it.skipIf(!terminal)("writes no time on a terminal", async () => {
    const command = [process.execPath, world.cli, "call", "pid", "--log-level", "info"].join(" ");
    // Without signs of life, which may stand before it on its line.
    const env = { ...process.env, TERM: "dumb", XDG_STATE_HOME: stateOf(world.folder) };
    const { stdout } = spawnSync("script", ["-qefc", command, "/dev/null"], {
      cwd: world.folder,
      env,
    });

    expect(stdout.toString()).toMatch(/^h2m: fake\/\S+: pid \d+ ms/m);
    expect(stdout.toString()).not.toMatch(/Z h2m:/);
  });
});

describe("the folder that it is started in", () => {
  it("is not where a named config file reads its paths", async () => {
    await config(fakeConfig(), "other.mjs");
    const { code, out } = await run(["tools", "--config", join(world.folder, "other.mjs")]);

    expect(code).toBe(0);
    expect(out).toContain("echo");
  });
});
