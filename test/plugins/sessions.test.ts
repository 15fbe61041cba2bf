import { get, type IncomingMessage } from "node:http";
import { describe, expect, it } from "vitest";
import type { H2m, H2mConfig } from "../../src/index.ts";
import { ATTACH_KEY, atEnd, connected, serveFake, TOKEN } from "../helpers/server.ts";
import { lives, until } from "../helpers/until.ts";

const DRIVEN = { driver: true, headers: true } as const;

interface Listed {
  sessions: (Record<string, unknown> & { id: string; pid?: number; memory?: number })[];
  [key: string]: unknown;
}

function ask(h2m: H2m, path: string, options: RequestInit = {}): Promise<Response> {
  const headers = { authorization: `Bearer ${TOKEN}`, ...options.headers };
  return fetch(new URL(path, h2m.mcpUrl), { ...options, headers });
}

async function list(h2m: H2m): Promise<Listed> {
  return (await (await ask(h2m, "/sessions")).json()) as Listed;
}

/** What a stream of events has told so far. */
interface Watch {
  readonly events: { event: string; data: Record<string, unknown> }[];
  readonly text: () => string;
  readonly ended: Promise<string>;
  stop(): void;
}

async function watch(h2m: H2m, id: string): Promise<Watch> {
  const control = new AbortController();
  atEnd(() => control.abort());
  const response = await ask(h2m, `/sessions/${id}/events`, { signal: control.signal });
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe("text/event-stream");
  let text = "";
  const events: Watch["events"] = [];
  const read = async () => {
    let rest = "";
    const decoder = new TextDecoder();
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      const part = decoder.decode(chunk, { stream: true });
      text += part;
      const blocks = (rest + part).split("\n\n");
      rest = blocks.pop() ?? "";
      for (const block of blocks) {
        const [, event = "", data = ""] = /^event: (.*)\ndata: (.*)$/.exec(block) ?? [];
        if (event !== "") events.push({ event, data: JSON.parse(data) as Record<string, unknown> });
      }
    }
    return "closed";
  };
  const ended = read().catch((error: Error) => error.name);
  return { events, text: () => text, ended, stop: () => control.abort() };
}

describe("GET /sessions", () => {
  it("tells of each session who uses it, where, how, and what it costs", async () => {
    const h2m = await serveFake(DRIVEN);
    const before = Date.now();
    const client = await connected(h2m, "/fake/one");
    const pid = Number(await client.text("pid"));
    await connected(h2m);

    const { sessions, ...server } = await list(h2m);

    expect(server).toMatchObject({ version: h2m.version, pid: process.pid });
    expect(sessions).toHaveLength(2);
    const [one, own] = sessions;
    expect(one).toMatchObject({
      id: h2m.sessions.list()[0]?.id,
      name: "one",
      harness: "fake",
      version: "1.2.3",
      attached: false,
      pid,
      folder: process.cwd(),
      client: { name: expect.any(String) },
      calls: 1,
      running: 0,
    });
    const { opened, lastUsed } = one as { opened?: string; lastUsed?: string };
    expect(Date.parse(opened ?? "")).toBeGreaterThanOrEqual(before);
    expect(Date.parse(lastUsed ?? "")).toBeGreaterThanOrEqual(Date.parse(opened ?? ""));
    if (process.platform === "linux") expect(one?.memory).toBeGreaterThan(1_000_000);
    expect(own).not.toHaveProperty("name");
    expect(own).toMatchObject({ calls: 0 });
  });

  it("counts calls that run, and holds neither arguments nor secrets", async () => {
    const h2m = await serveFake(DRIVEN);
    const client = await connected(h2m);
    await client.text("pid");
    const running = client.call("slow", { ms: 60_000, text: "what is asked" });
    running.catch(() => {});

    const text = await until("a call runs", async () => {
      const answer = await (await ask(h2m, "/sessions")).text();
      return answer.includes('"running":1') && answer;
    });

    expect(text).not.toContain("what is asked");
    expect(text).not.toContain(TOKEN);
    expect(text).not.toContain("h2mhost_");
  });

  it("opens to the token alone", async () => {
    const h2m = await serveFake(DRIVEN);
    await connected(h2m);
    const { id } = h2m.sessions.list()[0]!;
    let hostKey = "";
    const paths: [string, string][] = [
      ["GET", "/sessions"],
      ["DELETE", `/sessions/${id}`],
      ["GET", `/sessions/${id}/events`],
    ];
    const host = await until("the harness runs", () => h2m.sessions.list()[0]?.usage().pid);
    hostKey = await keyOf(host);

    for (const [method, path] of paths)
      for (const key of [undefined, "wrong", ATTACH_KEY, `${ATTACH_KEY}.x`, hostKey]) {
        const headers: Record<string, string> =
          key === undefined ? {} : { authorization: `Bearer ${key}`, "x-api-key": key };
        const { status } = await fetch(new URL(path, h2m.mcpUrl), { method, headers });
        expect([method, path, key, status]).toEqual([method, path, key, 401]);
      }
    const page = await ask(h2m, "/sessions", { headers: { origin: "https://evil.example" } });
    expect(page.status).toBe(403);
    expect(h2m.sessions.list()).toHaveLength(1);
  });
});

describe("DELETE /sessions/:id", () => {
  it("ends it and its harness, tells its watchers, and leaves the others", async () => {
    const h2m = await serveFake(DRIVEN);
    const reasons: string[] = [];
    h2m.on("session:close", ({ reason }) => void reasons.push(reason));
    const client = await connected(h2m, "/fake/one");
    const other = await connected(h2m, "/fake/two");
    const pid = Number(await client.text("pid"));
    const [one, two] = (await list(h2m)).sessions;
    const watching = await watch(h2m, one!.id);

    const response = await ask(h2m, `/sessions/${one!.id}`, { method: "DELETE" });

    expect(response.status).toBe(204);
    expect(await response.text()).toBe("");
    expect(lives(pid)).toBe(false);
    expect(reasons).toEqual(["it was ended by request"]);
    expect(await watching.ended).toBe("closed");
    expect(watching.events.at(-1)).toMatchObject({
      event: "close",
      data: { reason: "it was ended by request" },
    });
    expect((await list(h2m)).sessions.map(({ id }) => id)).toEqual([two!.id]);
    expect(await other.text("pid")).toMatch(/^\d+$/);
  });

  it("answers 404 with what to do where there is none", async () => {
    const h2m = await serveFake(DRIVEN);

    for (const [method, path] of [
      ["DELETE", "/sessions/none"],
      ["GET", "/sessions/none/events"],
    ] as const) {
      const response = await ask(h2m, path, { method });
      expect(response.status).toBe(404);
      expect(await response.json()).toEqual({ error: expect.stringContaining("GET /sessions") });
    }
  });
});

describe("the events of a session", () => {
  it("tell of its calls as the audit does, of its turns and notices, and of no other session", async () => {
    const config: H2mConfig = { tools: { rename: { echo: "say" } } };
    const h2m = await serveFake({ ...DRIVEN, driver: false }, config);
    const client = await connected(h2m, "/fake/one");
    const other = await connected(h2m, "/fake/two");
    await Promise.all([client.tools(), other.tools()]);
    const [one, two] = (await list(h2m)).sessions;
    const [watching, idle] = [await watch(h2m, one!.id), await watch(h2m, two!.id)];

    await client.call("say", { text: `of ${TOKEN} and h2mhost_1` });
    // It is refused, since there is no such argument.
    await client.call("say", { text: "second", api_key: "key of a test" });

    const { events } = watching;
    const ends = () => events.filter(({ event }) => event === "call:end").length;
    await until(
      "both are told",
      () => ends() === 2 && events.some(({ event }) => event === "turn"),
    );
    const [first, ...rest] = events;
    expect(first).toMatchObject({ event: "session", data: { id: one!.id, name: "one" } });
    expect(rest.find(({ event }) => event === "call:start")?.data).toMatchObject({
      session: one!.id,
      tool: "say",
      arguments: { text: "of *** and h2mhost_***" },
    });
    expect(rest.find(({ event }) => event === "call:end")?.data).toMatchObject({
      tool: "say",
      own: "echo",
      outcome: "ok",
      ms: expect.any(Number),
      bytes: expect.any(Number),
    });
    expect(rest.findLast(({ event }) => event === "call:end")?.data).toMatchObject({
      arguments: { text: "second", api_key: "[redacted]" },
      outcome: "refused",
    });
    expect(rest.find(({ event }) => event === "turn")?.data).toMatchObject({ role: "root" });
    expect(watching.text()).not.toContain(TOKEN);
    expect(watching.text()).not.toContain("key of a test");
    expect(idle.events.map(({ event }) => event)).toEqual(["session"]);
  });

  it("tell of the end of its harness's process, and of a call that it takes along", async () => {
    const h2m = await serveFake(DRIVEN);
    const client = await connected(h2m, "/fake/one");
    const pid = Number(await client.text("pid"));
    const watching = await watch(h2m, h2m.sessions.list()[0]!.id);
    const lost = client.call("stuck", {}).catch((error: Error) => error);
    await until("it runs", () => h2m.sessions.list()[0]?.usage().running === 1);

    process.kill(pid, "SIGKILL");
    await lost;

    await until("it is told", () => watching.events.some(({ event }) => event === "call:end"));
    const told = (name: string) => watching.events.find(({ event }) => event === name)?.data;
    expect(told("log")).toMatchObject({
      level: "warning",
      message: expect.stringContaining(`The process ${pid} of fake ended by SIGKILL.`),
    });
    expect(told("call:end")).toMatchObject({ tool: "stuck", outcome: "unknown" });
  });

  it("show signs of life", async () => {
    const h2m = await serveFake(DRIVEN, { heartbeat: 30 });
    await connected(h2m, "/fake/one");
    const watching = await watch(h2m, h2m.sessions.list()[0]!.id);

    await until("a sign of life", () => watching.text().includes(": keep-alive\n\n"));
  });

  it("end with the server", async () => {
    const h2m = await serveFake(DRIVEN);
    await connected(h2m, "/fake/one");
    const watching = await watch(h2m, h2m.sessions.list()[0]!.id);

    await h2m.close();

    expect(await watching.ended).toBe("closed");
    expect(watching.events.at(-1)).toMatchObject({ event: "close" });
  });

  it("are heard by nobody any more when their reader has gone", async () => {
    const h2m = await serveFake(DRIVEN, { heartbeat: 20 });
    const client = await connected(h2m, "/fake/one");
    const { id } = h2m.sessions.list()[0]!;
    // As many as may be open: another one is let in only where these have left room.
    const all = await Promise.all(Array.from({ length: 64 }, () => watch(h2m, id)));
    const refused = await ask(h2m, `/sessions/${id}/events`);
    expect(refused.status).toBe(503);

    for (const each of all) each.stop();

    await until("there is room", async () => {
      const response = await ask(h2m, `/sessions/${id}/events`);
      await response.body?.cancel();
      return response.status === 200;
    });
    expect(await client.text("pid")).toMatch(/^\d+$/);
  });

  it("are cut off for a reader that takes nothing, and the calls go on", async () => {
    const h2m = await serveFake(DRIVEN);
    const client = await connected(h2m, "/fake/one");
    const url = new URL(`/sessions/${h2m.sessions.list()[0]!.id}/events`, h2m.mcpUrl);
    const headers = { authorization: `Bearer ${TOKEN}` };
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      // Nothing is read of it for now.
      get(url, { headers }, (found) => resolve(found.pause())).on("error", reject);
    });
    atEnd(() => response.destroy());
    const text = "x".repeat(3_900);
    const much = Array.from({ length: 15 }, () => text);

    // More than all buffers of a connection hold. Refused for the argument that there is not, and told with all that it brought.
    for (let calls = 0; calls < 120; calls++) await client.call("echo", { text, much });

    let bytes = 0;
    const end = await new Promise((resolve) => {
      response.on("data", (chunk: Buffer) => (bytes += chunk.length));
      response.on("end", () => resolve("an end"));
      response.on("error", (error: NodeJS.ErrnoException) => resolve(error.code));
      response.resume();
    });
    expect(end).toBe("ECONNRESET");
    expect(bytes).toBeLessThan(120 * 2 * 15 * text.length);
    expect(await client.text("pid")).toMatch(/^\d+$/);
  });
});

/** The key that the harness was given, from its own config. */
async function keyOf(pid: number): Promise<string> {
  const { readFile } = await import("node:fs/promises");
  const environment = await readFile(`/proc/${pid}/environ`, "utf8");
  const file = /(?:^|\0)FAKE_CONFIG=([^\0]+)/.exec(environment)?.[1] ?? "";
  const { token } = JSON.parse(await readFile(file, "utf8")) as { token: string };
  expect(token).toMatch(/^h2mhost_/);
  return token;
}
