import { describe, expect, it, vi } from "vitest";
import type { H2m } from "../../src/index.ts";
import { definePlugin } from "../../src/plugin.ts";
import { fakeLauncher } from "../../src/testing.ts";
import { raw } from "../helpers/raw.ts";
import { ATTACH_KEY, connected, serve, serveFake, TOKEN } from "../helpers/server.ts";
import { failure, until } from "../helpers/until.ts";

const ready = async (h2m: H2m) => {
  const { status, text } = await raw(h2m, "/ready", { headers: { host: "127.0.0.1" } });
  return { code: status, ...(JSON.parse(text) as { status: string; version: string }) };
};
const drain = (h2m: H2m, key = TOKEN) =>
  raw(h2m, "/drain", {
    method: "POST",
    headers: {
      host: "127.0.0.1",
      authorization: `Bearer ${key}`,
      "content-type": "application/json",
    },
    body: "{}",
  });

describe("/ready", () => {
  it("is open without a token, and says nothing but status and version", async () => {
    const h2m = await serveFake();

    expect(await ready(h2m)).toEqual({ code: 200, status: "ready", version: h2m.version });
    const { status } = await raw(h2m, "/ready", { headers: { host: "evil.example" } });
    expect(status).toBe(403);
  });

  it("is 503 while all sessions are in use", async () => {
    const h2m = await serveFake({}, { sessions: { max: 1 } });
    const client = await connected(h2m);
    const call = client.call("slow", { ms: 60_000, text: "late" });
    call.catch(() => {});
    await until("the call runs", () => h2m.sessions.list()[0]?.usage().running === 1);

    expect(await ready(h2m)).toMatchObject({ code: 503, status: "full" });
    await client.end();
    await until("there is room", async () => (await ready(h2m)).code === 200);
  });

  it("is 503 where none of the harnesses is there, and 200 where one is", async () => {
    const gone = { ...fakeLauncher({ name: "gone" }), detect: () => undefined };
    const plugins = [
      definePlugin({ name: "some", harnesses: [gone, fakeLauncher({ name: "here" })] }),
    ];
    const none = await serve({ harnesses: ["gone"], plugins });
    const one = await serve({ harnesses: ["gone", "here"], plugins });

    expect(await ready(none)).toMatchObject({ code: 503, status: "no-harness" });
    expect(await ready(one)).toMatchObject({ code: 200 });
    expect(await ready(await serve())).toMatchObject({ code: 200 });
  });

  it("is 503 while a harness starts and never asks; one that its client did not wait for says nothing", async () => {
    const h2m = await serveFake({ mute: true }, { timeouts: { connect: 1_000 } });
    for (let i = 0; i < 4; i++) {
      const session = h2m.sessions.open({});
      session.join();
      await session.close();
    }
    expect(await ready(h2m)).toMatchObject({ code: 200 });

    for (let i = 0; i < 3; i++) {
      const session = h2m.sessions.open({});
      expect(await failure(session.tools())).toMatchObject({ code: "no-harness" });
      await session.close();
    }
    await until("it is not ready", async () => (await ready(h2m)).status === "no-harness");
  });

  it("is 503 while a harness ends whenever it is started, and 200 again once one has asked", async () => {
    let broken = true;
    const sound = fakeLauncher({ name: "weak" });
    const weak = {
      ...sound,
      prepare: (context: Parameters<typeof sound.prepare>[0]) =>
        broken ? { command: "/bin/false", args: [] } : sound.prepare(context),
    };
    const h2m = await serve({
      harnesses: ["weak"],
      plugins: [definePlugin({ name: "weak", harnesses: [weak] })],
    });
    for (let i = 0; i < 3; i++) {
      const session = h2m.sessions.open({});
      await failure(session.tools());
      await session.close();
    }
    await until("it is not ready", async () => (await ready(h2m)).status === "no-harness");

    // Nobody is sent to a server that is not ready: after a while it may be tried again.
    vi.spyOn(Date, "now").mockReturnValue(Date.now() + 31_000);
    await until("it may be tried", async () => (await ready(h2m)).code === 200);
    vi.restoreAllMocks();
    await until("it is not ready yet", async () => (await ready(h2m)).status === "no-harness");

    broken = false;
    await h2m.sessions.open({}).tools();

    await until("it is ready", async () => (await ready(h2m)).code === 200);
  });
});

describe("a server that is drained", () => {
  it("lets calls end, opens no session, and says so", async () => {
    const h2m = await serveFake({}, { timeouts: { drain: 60_000 } });
    const client = await connected(h2m);
    const call = client.text("slow", { ms: 1_000, text: "done" });
    await until("the call runs", () => h2m.sessions.list()[0]?.usage().running === 1);

    const { status, text } = await drain(h2m);
    expect({ status, answer: JSON.parse(text) }).toEqual({
      status: 202,
      answer: { sessions: 1, running: 1, limit: 60_000 },
    });
    await until("it drains", async () => (await ready(h2m)).status === "draining");
    const response = await fetch(h2m.mcpUrl, {
      method: "POST",
      headers: {
        authorization: `Bearer ${TOKEN}`,
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
      },
      body: JSON.stringify({
        jsonrpc: "2.0",
        id: 1,
        method: "initialize",
        params: {
          protocolVersion: "2025-11-25",
          capabilities: {},
          clientInfo: { name: "late", version: "1" },
        },
      }),
    });
    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).toBe("5");
    expect(await response.json()).toEqual({ error: expect.stringContaining("nothing new begins") });

    // Nor does a call begin in a session that is open: it might not come to its end.
    expect(await failure(client.call("echo", { text: "late" }))).toMatchObject({
      message: expect.stringContaining("nothing new begins"),
    });

    expect(await call).toBe("done");
    await h2m.drained;
    await until("the session has ended with its last call", () => h2m.sessions.list().length === 0);
  });

  it("waits no longer than `timeouts.drain`, by default not at all", async () => {
    const h2m = await serveFake({}, { timeouts: { drain: 100 } });
    const client = await connected(h2m);
    const call = client.call("slow", { ms: 60_000, text: "late" });
    call.catch(() => {});
    await until("the call runs", () => h2m.sessions.list()[0]?.usage().running === 1);

    await h2m.drain();

    expect(h2m.sessions.list()[0]?.usage().running).toBe(1);
    const idle = await serveFake();
    await idle.drain();
    expect(idle.sessions.list()).toEqual([]);
  });

  it("is drained for whoever has the token alone", async () => {
    const h2m = await serveFake();

    expect((await drain(h2m, ATTACH_KEY)).status).toBe(401);
    expect(await ready(h2m)).toMatchObject({ code: 200 });
  });
});

it("`server.instance` begins the id of each session of a client", async () => {
  const h2m = await serveFake({}, { server: { instance: "a7" } });
  const response = await fetch(h2m.mcpUrl, {
    method: "POST",
    headers: {
      authorization: `Bearer ${TOKEN}`,
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
    },
    body: JSON.stringify({
      jsonrpc: "2.0",
      id: 1,
      method: "initialize",
      params: {
        protocolVersion: "2025-11-25",
        capabilities: {},
        clientInfo: { name: "c", version: "1" },
      },
    }),
  });

  expect(response.headers.get("mcp-session-id")).toMatch(/^a7-[\da-f-]{36}$/);
  await response.text();
});

describe("behind a proxy", () => {
  const of = (h2m: H2m, headers: Record<string, string>) =>
    raw(h2m, "/health", { headers }).then(({ status }) => status);

  it("the host that its client named counts, if the proxy is one of `server.trustProxy`", async () => {
    const allowedHosts = ["hands.example"];
    const trusting = await serve({ server: { allowedHosts, trustProxy: ["127.0.0.0/8"] } });
    const others = await serve({ server: { allowedHosts, trustProxy: ["10.0.0.0/8", "::2"] } });
    const named = { host: "10.1.2.3:9330", "x-forwarded-host": "hands.example" };
    const evil = { host: "hands.example", "x-forwarded-host": "evil.example" };

    expect(await of(trusting, named)).toBe(200);
    expect(await of(trusting, evil)).toBe(403);
    expect(await of(others, named)).toBe(403);
    expect(await of(others, evil)).toBe(200);
    // What stands before the word of our own proxy, a page may have written.
    const forged = { host: "10.1.2.3", "x-forwarded-host": "hands.example, evil.example" };
    expect(await of(trusting, forged)).toBe(403);
    const twoHops = { ...forged, "x-forwarded-host": "hands.example, inner.example" };
    expect(await of(trusting, { ...twoHops, "x-forwarded-for": "8.8.8.8, 127.0.0.9" })).toBe(200);
    expect(await of(trusting, { ...twoHops, "x-forwarded-for": "127.0.0.9, 8.8.8.8" })).toBe(403);
  });

  it("the host of `server.publicUrl` is allowed", async () => {
    const h2m = await serve({ server: { publicUrl: "https://hands.example:8443/" } });

    expect(await of(h2m, { host: "hands.example:8443" })).toBe(200);
    expect(await of(h2m, { host: "hands.example" })).toBe(403);
  });

  it.each([
    ["trustProxy", ["10.0.0.0/33"]],
    ["trustProxy", ["proxy.example"]],
    ["instance", "A"],
    ["instance", "a-b"],
    ["publicUrl", "hands.example"],
    ["publicUrl", "https://u:p@hands.example"],
    ["publicUrl", "https://hands.example/?a=1"],
  ])("`server.%s` cannot be %j", async (key, value) => {
    expect(await failure(serve({ server: { [key]: value } }))).toMatchObject({
      code: "bad-config",
      message: expect.stringContaining(`server.${key}`),
    });
  });
});
