import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { filledOf } from "../../../plugins/upstream/options.ts";
import type { H2m, H2mConfig, UpstreamOptions } from "../../../src/index.ts";
import { textOf } from "../../../src/plugin.ts";
import { fakePlugin } from "../../../src/testing.ts";
import { ERAS } from "../../helpers/clients.ts";
import { atEnd, connected, serve } from "../../helpers/server.ts";
import { failure, lives, until } from "../../helpers/until.ts";

const PROGRAM = fileURLToPath(new URL("../../helpers/upstream-server.mjs", import.meta.url));
const stdio = (more: UpstreamOptions = {}): UpstreamOptions => ({
  command: process.execPath,
  args: [PROGRAM],
  ...more,
});

/** The same server over HTTP. */
async function http(env: Record<string, string> = {}): Promise<string> {
  const child = spawn(process.execPath, [PROGRAM, "http"], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, ...env },
  });
  atEnd(() => child.kill("SIGKILL"));
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  return String(line).trim();
}

const beside = (upstream: Record<string, UpstreamOptions | false>, config: H2mConfig = {}) =>
  serve({ harnesses: [], upstream, ...config });

const names = async (h2m: H2m) =>
  (await h2m.sessions.open({ name: "default" }).tools()).map(({ name }) => name);

describe("another MCP server", () => {
  describe.each([
    ["stdio", async () => stdio()],
    ["http", async () => ({ url: await http() })],
  ] as const)("over %s", (_, options) => {
    it.each(ERAS)("has its tools beside the harness's (%s)", async (era) => {
      const h2m = await beside(
        { up: await options() },
        { harnesses: ["fake"], plugins: [fakePlugin()] },
      );
      const client = await connected(h2m, "", era);

      expect(await client.names()).toEqual(expect.arrayContaining(["echo", "up_echo", "up_sum"]));
      expect(await client.text("up_echo", { text: "hello" })).toBe("hello");
      expect(await client.text("echo", { text: "own" })).toBe("own");
      expect(await client.call("up_sum", { a: 1, b: 2 })).toMatchObject({
        structuredContent: { sum: 3 },
      });
      expect((await client.call("up_image")).content).toEqual([
        { type: "image", data: "AAEC", mimeType: "image/png" },
        expect.objectContaining({ type: "resource_link", uri: "up://one" }),
      ]);
      expect(await client.call("up_fail")).toMatchObject({
        isError: true,
        content: [{ text: "no wood today" }],
      });
      expect(await client.text("up_wrong")).toContain("wrong on purpose");
      expect(await client.text("up_echo", {})).toContain("`text` is missing");
      expect(await client.resources()).toContain("up://one");
      expect(await client.read("up://one")).toBe("It is up://one.");
    });

    it.each(["v1", "v2-2026"] as const)("asks the client's person (%s)", async (era) => {
      const asked: string[] = [];
      const person = async ({ message }: { message: string }) => {
        asked.push(message);
        return { action: "accept" as const, content: { colour: "green" } };
      };
      const client = await connected(await beside({ up: await options() }), "", era, { person });

      expect(await client.text("up_ask")).toBe("accept green");
      expect(asked).toEqual(["Which colour?"]);
    });

    it("tells progress, and hears that a call is given up", async () => {
      const h2m = await beside({ up: await options() });
      const open = h2m.sessions.open({});
      await open.tools();
      const told: string[] = [];
      const control = new AbortController();
      const onProgress = (text: string) => {
        told.push(text);
        control.abort();
      };

      const call = open.call("up_slow", { ms: 60_000 }, { onProgress, signal: control.signal });

      expect(await failure(call)).toMatchObject({ code: "cancelled" });
      expect(told).toEqual(["half"]);
      expect(textOf(await open.call("up_echo", { text: "goes on" }))).toBe("goes on");
    });

    it("tells of another list", async () => {
      const client = await connected(await beside({ up: await options() }));
      await client.names();

      await client.text("up_grow");

      await until(
        "clients are told",
        async () => client.changes() > 0 && (await client.names()).includes("up_grown"),
      );
      expect(await client.text("up_grown")).toBe("I have grown.");
    });

    it("gets no model", async () => {
      const open = (await beside({ up: await options() })).sessions.open({});
      await open.tools();

      const result = await open.call("up_sample", {});

      expect(result.isError).toBe(true);
    });
  });

  it("follows the rules of the config by the name that stands beside the harness's", async () => {
    const h2m = await beside(
      { up: stdio() },
      { tools: { rename: { up_echo: "say" }, exclude: ["up_s*"], confirm: ["say", "up_echo"] } },
    );

    expect(await names(h2m)).toContain("say");
    expect(await names(h2m)).not.toContain("up_sum");
    const refused = await h2m.sessions.open({}).call("say", { text: "x" });
    expect(textOf(refused)).toContain("needs a confirmation");
  });

  it("is started with the first call where its list is kept, and let go when nobody uses it", async () => {
    const config = { up: stdio({ keepAlive: 100 }) };
    const first = await beside(config);
    expect(await names(first)).toContain("up_echo");
    await first.close();

    const h2m = await beside({ up: { ...config.up, env: undefined } as UpstreamOptions });
    await h2m.close();
    const again = await beside(config);
    expect(await names(again)).toContain("up_echo");
    const open = again.sessions.open({});
    const pid = async () =>
      Number(textOf(await open.call("up_echo", { text: String(process.pid) })));
    expect(await pid()).toBe(process.pid);
  });

  it("that does not come leaves the others listed, and that is told once", async () => {
    const h2m = await beside({
      gone: { command: "/nowhere/program" },
      bad: stdio({ env: { FAULT: "exit" } }),
      up: stdio(),
    });
    const told: string[] = [];
    h2m.on("warning", ({ message }) => told.push(message));

    expect(await names(h2m)).toContain("up_echo");
    expect(await names(h2m)).toContain("up_echo");

    expect(told.filter((text) => text.includes("`gone`"))).toHaveLength(1);
    expect(told.find((text) => text.includes("`bad`"))).toContain("no wood today");
  });

  it("that says nothing is given up", async () => {
    const h2m = await beside(
      { mute: stdio({ env: { FAULT: "mute" } }), up: stdio() },
      { timeouts: { connect: 1_500 } },
    );

    expect(await names(h2m)).toContain("up_echo");
  });

  it("that dies with a call out: the outcome is unknown, nothing is sent again, and the next call starts another", async () => {
    const h2m = await beside({ up: stdio() });
    const open = h2m.sessions.open({});
    await open.tools();

    expect(await failure(open.call("up_die", {}))).toMatchObject({ code: "outcome-unknown" });
    expect(textOf(await open.call("up_echo", { text: "again" }))).toBe("again");
  });

  it("gets PATH and what the config gives it, and nothing else of ours", async () => {
    process.env["H2M_TOKEN"] = "secret";
    process.env["SOME_KEY"] = "key";
    const h2m = await beside({ up: stdio({ env: { GIVEN: "${SOME_KEY}" } }) });
    const open = h2m.sessions.open({});
    await open.tools();

    const variables = textOf(await open.call("up_variables", {})).split(" ");

    expect(variables).toEqual(expect.arrayContaining(["PATH", "GIVEN"]));
    expect(variables.filter((name) => /H2M|SOME_KEY|XDG/.test(name))).toEqual([]);
  });

  it("is sent its headers, and no other server is", async () => {
    process.env["UP_SECRET"] = "s3cret";
    const url = await http({ SECRET: "s3cret" });
    const headers = { authorization: "Bearer ${UP_SECRET}" };
    expect(await names(await beside({ up: { url, headers } }))).toContain("up_echo");

    const seen: unknown[] = [];
    const thief = createServer((request, response) => {
      seen.push(request.headers.authorization);
      response.end();
    }).listen(0, "127.0.0.1");
    const honest = createServer((_, response) => {
      const { port } = thief.address() as { port: number };
      response.writeHead(307, { location: `http://127.0.0.1:${port}/mcp` }).end();
    }).listen(0, "127.0.0.1");
    await once(honest, "listening");
    atEnd(() =>
      [thief, honest].forEach((server) => (server.closeAllConnections(), server.close())),
    );
    const { port } = honest.address() as { port: number };
    const h2m = await beside({ up: { url: `http://127.0.0.1:${port}/mcp`, headers } });
    const told: string[] = [];
    h2m.on("warning", ({ message }) => told.push(message));
    expect(await names(h2m)).toEqual([]);
    expect(seen).toEqual([]);
    expect(told.join()).not.toContain("s3cret");
  });

  it("ends with the server", async () => {
    const h2m = await beside({
      up: stdio({
        eager: true,
        args: [
          "-e",
          `process.title = "x"; require("fs").writeFileSync(process.env.FILE, String(process.pid)); import(${JSON.stringify(PROGRAM)})`,
        ],
        env: { FILE: `${process.env["TMPDIR"]}/pid` },
      }),
    });
    await names(h2m);
    const { readFileSync } = await import("node:fs");
    const pid = Number(readFileSync(`${process.env["TMPDIR"]}/pid`, "utf8"));
    expect(lives(pid)).toBe(true);

    await h2m.close();

    await until("it has ended", () => !lives(pid));
  });

  it("begins nothing where the server does not come up, and nothing before anybody asks", async () => {
    const marker = `${process.env["TMPDIR"]}/begun`;
    const touch: UpstreamOptions = {
      command: process.execPath,
      args: [
        "-e",
        `require("fs").writeFileSync(${JSON.stringify(marker)}, ""); setTimeout(() => {}, 60_000)`,
      ],
    };
    const { existsSync } = await import("node:fs");
    await failure(beside({ up: { ...touch, eager: true } }, { harnesses: ["nobody"] }));
    const h2m = await beside({ up: touch });

    expect(existsSync(marker)).toBe(false);
    await h2m.close();
  });

  it("is switched off by a profile", async () => {
    const config: H2mConfig = {
      harnesses: [],
      upstream: { up: stdio(), other: stdio() },
      profiles: { few: { upstream: { up: false } } },
    };

    const listed = await names(await serve(config, { profile: "few" }));

    expect(listed).toContain("other_echo");
    expect(listed).not.toContain("up_echo");
  });

  it.each<[string, UpstreamOptions, RegExp]>([
    ["neither", {}, /`upstream.up` must have either a `command` or a `url`/],
    ["both", { command: "x", url: "https://x.example" }, /either/],
    ["a plain address elsewhere", { url: "http://x.example/mcp" }, /an https URL/],
    ["a password in it", { url: "https://a:b@x.example/mcp" }, /without a name and password/],
    ["words of a program", { url: "https://x.example", args: [] }, /`args` means nothing/],
    ["headers of none", { command: "x", headers: {} }, /`headers` mean nothing/],
  ])("with %s is refused at the start", async (_, options, message) => {
    expect((await failure(beside({ up: options }))).message).toMatch(message);
  });

  it("with a variable that is not set says which", () => {
    expect(() => filledOf("up", { command: "x", env: { A: "${NOT_SET_AT_ALL}" } })).toThrow(
      /The variable `NOT_SET_AT_ALL` is not set, and `upstream.up.env.A` needs it/,
    );
  });
});
