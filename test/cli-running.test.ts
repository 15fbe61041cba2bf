import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { Events, lineOf } from "../plugins/sessions/cli/event-lines.ts";
import { tableOf } from "../plugins/sessions/cli/ps.ts";
import { meant } from "../plugins/sessions/cli/server.ts";
import type { ListedSession } from "../plugins/sessions/listing.ts";
import { type Cli, emptyFolder, fakeConfig, put, start, useCli } from "./helpers/cli.ts";
import { connect, type McpClient } from "./helpers/clients.ts";
import { until } from "./helpers/until.ts";

const world = useCli();
const TOKEN = "token-of-the-running-server";
const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).toReversed()) await close();
});

/** One server for all tests: what each leaves in it, the next one must not meet. */
let server: Cli;
let url: string;
let port: string;
beforeAll(async () => {
  const folder = await emptyFolder();
  await put(folder, "h2m.config.mjs", fakeConfig());
  server = start(world.cli, ["--port", "0", "--token", TOKEN], { cwd: folder });
  const look = () => /(http:\S+:(\d+)\/mcp)\b/.exec(server.stderr());
  [, url = "", port = ""] = await until("it listens", look, 60_000);
}, 180_000);
afterAll(async () => {
  server.child.kill("SIGTERM");
  await server.ended;
}, 60_000);
afterEach(async () => void (await ask("stop", "--all")));

const askWith = (token: string, ...args: string[]) =>
  world.run(...args, "--no-config", "--port", port, "--token", token);
const ask = (...args: string[]) => askWith(TOKEN, ...args);

/** `h2m logs` in a process of its own, once it hears what happens. */
async function follow(...more: string[]): Promise<Cli> {
  const reader = world.start(
    "logs",
    "fake/one",
    "--no-config",
    "--port",
    port,
    "--token",
    TOKEN,
    ...more,
  );
  open.push(async () => void reader.child.kill("SIGKILL"));
  await until("it has begun", () => reader.stdout().includes("session"), 30_000);
  return reader;
}

async function clientOf(path: string): Promise<McpClient> {
  const client = await connect("v1", `${url}${path}`, TOKEN);
  open.push(() => client.close().catch(() => {}));
  return client;
}

describe("h2m ps", () => {
  it("lists the sessions of the running server, also for programs", async () => {
    const client = await clientOf("/fake/one");
    const pid = await client.text("pid");
    await clientOf("");

    const people = await ask("ps");
    const programs = await ask("ps", "--json");

    expect(people).toMatchObject({ code: 0, err: "" });
    expect(people.out).toMatch(
      new RegExp(
        `^h2m \\S+ at http://127.0.0.1:${port}, pid ${server.child.pid}, up \\d+ (s|min)\\n`,
      ),
    );
    expect(people.out).toMatch(new RegExp(`\\n[0-9a-f]{8} +fake/one 1.2.3 +${pid} +.*\\n`));
    expect(people.out).toMatch(/\n[0-9a-f]{8} +fake\/[0-9a-f]{6} /);
    expect(people.out).not.toContain(TOKEN);
    const answer = JSON.parse(programs.out) as { url: string; sessions: { name?: string }[] };
    expect(answer).toMatchObject({ url: `http://127.0.0.1:${port}`, pid: server.child.pid });
    expect(answer.sessions.map(({ name }) => name)).toEqual(["one", undefined]);
  });

  it("says that none is open", async () => {
    expect((await ask("ps")).out).toMatch(/^h2m .*\nNo session is open\.\n$/);
  });

  it("says where no server is, and what does not open to the token", async () => {
    const other = createServer((_, response) => response.writeHead(404).end("nothing here"));
    other.listen(0, "127.0.0.1");
    await once(other, "listening");
    open.push(async () => void other.close());
    const at = String((other.address() as AddressInfo).port);

    expect(await askWith("wrong", "ps")).toMatchObject({
      code: 1,
      err: expect.stringContaining("does not know the token"),
    });
    expect(await world.run("ps", "--no-config", "--port", at, "--token", TOKEN)).toMatchObject({
      code: 1,
      err: expect.stringContaining("does not know the token"),
    });
    await world.put("h2m.config.mjs", `export default { server: { auth: false, port: ${at} } };`);
    expect(await world.run("ps")).toMatchObject({
      code: 1,
      err: expect.stringMatching(/has no such thing[\s\S]*older version/),
    });
    other.closeAllConnections();
    other.close();
    await once(other, "close");
    expect(await world.run("ps")).toMatchObject({
      code: 1,
      err: expect.stringContaining("No h2m answers"),
    });
  });

  it("spells what a client calls itself, and takes no words", async () => {
    const clientInfo = { name: "a\u001b[31m\nb", version: "1" };
    const params = { protocolVersion: "2025-06-18", capabilities: {}, clientInfo };
    await fetch(url, {
      method: "POST",
      headers: {
        authorization: `Bearer ${TOKEN}`,
        accept: "application/json, text/event-stream",
        "content-type": "application/json",
      },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "initialize", params }),
    });

    expect((await ask("ps")).out).toContain("a\\u{1b}[31m\\nb");
    expect(await ask("ps", "one")).toMatchObject({ code: 2 });
  });
});

describe("h2m stop", () => {
  it("ends one by its name, by the beginning of its id, or all, and leaves the server", async () => {
    const clients = await Promise.all(["/fake/one", "/fake/two", "/fake/three"].map(clientOf));
    await Promise.all(clients.map((client) => client.text("pid")));
    const names = async () => {
      const { out } = await ask("ps", "--json");
      return (JSON.parse(out) as { sessions: { id: string; name: string }[] }).sessions;
    };
    const two = (await names()).find(({ name }) => name === "two")?.id ?? "";

    const first = await ask("stop", "fake/one", two.slice(0, 8));
    const left = await names();
    const second = await ask("stop", "--all");

    expect(first).toMatchObject({ code: 0, out: "" });
    expect(first.err.split("\n").toSorted()).toEqual([
      "",
      "fake/one has ended.",
      "fake/two has ended.",
    ]);
    expect(left.map(({ name }) => name)).toEqual(["three"]);
    expect(second).toMatchObject({ code: 0, err: "fake/three has ended.\n" });
    expect(await names()).toEqual([]);
    expect(await ask("stop", "--all")).toMatchObject({ code: 0, err: "No session is open.\n" });
  });

  it.each([
    [[], 2, "needs to know which session"],
    [["fake/one", "--all"], 2, "exclude each other"],
    [["fake/nosuch"], 1, "There is no session `fake/nosuch`"],
  ])("refuses %j, and ends nothing", async (words, code, text) => {
    await clientOf("/fake/one");

    expect(await ask("stop", ...words)).toMatchObject({ code, err: expect.stringContaining(text) });
    expect((await ask("ps")).out).toContain("fake/one");
  });
});

describe("h2m logs", () => {
  it("tells what happens to a session, until it ends", async () => {
    const client = await clientOf("/fake/one");
    await client.text("pid");
    const people = await follow();
    const programs = await follow("--json");

    await client.call("echo", { text: "what is asked" });
    await ask("stop", "fake/one");

    expect([await people.ended, await programs.ended]).toEqual([0, 0]);
    const out = people.stdout();
    const lines = programs.stdout().trimEnd().split("\n");
    const TIME = String.raw`\d\d:\d\d:\d\d`;
    expect(out).toMatch(new RegExp(`^${TIME} session [0-9a-f]{32} of fake in /`));
    expect(out).toMatch(new RegExp(`\\n${TIME} call echo {"text":"what is asked"}\\n`));
    expect(out).toMatch(new RegExp(`\\n${TIME} ok echo, \\d+ ms, 13 bytes\\n`));
    expect(out).toMatch(new RegExp(`\\n${TIME} closed: it was ended by request\\n$`));
    const events = lines.map((line) => JSON.parse(line) as { event: string });
    expect(events[0]).toMatchObject({ event: "session", name: "one" });
    expect(events.at(-1)).toMatchObject({ event: "close" });
  });

  it("ends when whoever reads it has gone", async () => {
    const client = await clientOf("/fake/one");
    await client.text("pid");
    const reader = await follow();

    reader.child.stdout?.destroy();
    let over = false;
    void reader.ended.then(() => (over = true));
    await until("it ends", async () => {
      await client.call("echo", { text: "more" });
      return over;
    });

    expect(await reader.ended).toBe(0);
  });

  it("ends with an error where the server is killed", async () => {
    const folder = await emptyFolder();
    await put(folder, "h2m.config.mjs", fakeConfig());
    const own = start(world.cli, ["--port", "0", "--token", TOKEN], { cwd: folder });
    open.push(async () => own.child.kill("SIGKILL"));
    const [, place = "", at = ""] = await own.says(/(http:\S+:(\d+)\/mcp)\b/);
    const client = await connect("v1", `${place}/fake/one`, TOKEN);
    open.push(() => client.close().catch(() => {}));
    const reader = world.start("logs", "fake/one", "--no-config", "--port", at, "--token", TOKEN);
    await until("it has begun", () => reader.stdout().includes("session"));

    own.child.kill("SIGKILL");

    expect(await reader.ended).toBe(1);
    expect(reader.stderr()).toContain("told no more of the session");
  });

  it("is told one session, and ends with the signal that ends it", async () => {
    expect(await ask("logs")).toMatchObject({ code: 2 });
    expect(await ask("logs", "fake/nosuch")).toMatchObject({
      code: 1,
      err: expect.stringMatching(/There is no session `fake\/nosuch`\.\s+None is open\./),
    });
    await clientOf("/fake/one");
    const reader = await follow();

    reader.child.kill("SIGINT");

    expect(await reader.ended).toBe(130);
    expect(reader.stderr()).toBe("");
  });
});

describe("a second `h2m` at one port", () => {
  it("says that one runs, its pid and sessions, and what to do", async () => {
    const client = await clientOf("/fake/one");
    await client.text("pid");

    const { code, err } = await ask("claude");

    expect(code).toBe(1);
    expect(err).toMatch(
      new RegExp(
        `An h2m \\(\\S+\\) listens at 127.0.0.1:${port} already: pid ${server.child.pid}, 1 session \\(fake/one of \\S+\\)\\.`,
      ),
    );
    for (const text of [
      `Use it: http://127.0.0.1:${port}/mcp`,
      `\`h2m ps --port ${port}\``,
      `\`h2m stop --all --port ${port}\``,
      `\`kill ${server.child.pid}\``,
      "--port N",
    ])
      expect(err).toContain(text);
    expect(err).not.toContain(TOKEN);
  });

  it("says that one runs which does not know the token, and tells it nothing", async () => {
    const { code, err } = await askWith("another-token-of-mine", "claude");

    expect(code).toBe(1);
    expect(err).toMatch(
      /An h2m \(\S+\) listens at \S+ already\. What listens at .* does not know the token/,
    );
    expect(err).toContain("--port N");
    expect(err).not.toContain("pid");
  });
});

describe("the parts", () => {
  const session = (id: string, more: object = {}): ListedSession => ({
    id,
    harness: "fake",
    attached: false,
    opened: "2026-01-01T00:00:00.000Z",
    lastUsed: "2026-01-01T00:00:00.000Z",
    calls: 0,
    running: 0,
    ...more,
  });

  it("find a session by what is only its own", () => {
    const all = [session("abc1"), session("abc2"), session("fff0", { name: "abc" })];

    expect(meant("abc1", all).id).toBe("abc1");
    expect(meant("fake/abc2", all).id).toBe("abc2");
    expect(meant("fake/abc", all).id).toBe("fff0");
    expect(meant("f", all).id).toBe("fff0");
    expect(() => meant("abc", all)).toThrow("`abc` is the beginning of 2 ids");
    for (const word of ["", "/", "fake/", "x", "other/abc1"])
      expect(() => meant(word, all)).toThrow("There is no session");
  });

  it("show ids that differ, and times in words", () => {
    const all = [
      session("0123456789"),
      session("0123456700", { lastUsed: "2025-12-31T22:59:00.000Z" }),
    ];
    const answer = { version: "1", pid: 7, started: "2025-12-30T00:00:00.000Z", sessions: all };

    const lines = tableOf("http://x", answer, Date.parse("2026-01-01T00:00:05.000Z")).split("\n");

    expect(lines[0]).toBe("h2m 1 at http://x, pid 7, up 2 d");
    expect(lines[3]).toMatch(/^012345678  .* 5 s /);
    expect(lines[4]).toMatch(/^012345670  .* 1 h /);
  });

  it("put events together, however they come, and bound them", () => {
    const told: string[] = [];
    const events = new Events((each) => told.push(lineOf(each)));
    const text =
      ': keep-alive\n\nevent: log\ndata: {"level":"warning","message":"a\\u001bb"}\n\nevent: odd\ndata: {}\n\n';

    for (const part of text) events.take(part);

    expect(told).toEqual([
      expect.stringMatching(/^\d\d:\d\d:\d\d warning: a\\u\{1b\}b$/),
      expect.stringMatching(/^\d\d:\d\d:\d\d odd \{\}$/),
    ]);
    expect(() => events.take("x".repeat(1_000_001))).toThrow("An event is too long");
  });
});
