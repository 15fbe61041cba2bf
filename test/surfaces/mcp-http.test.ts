import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { connect, ERAS } from "../helpers/clients.ts";
import { connected, serveFake, sharedFake, TOKEN } from "../helpers/server.ts";
import { raw } from "../helpers/raw.ts";
import { failure, until } from "../helpers/until.ts";

const HEADERS = {
  authorization: `Bearer ${TOKEN}`,
  "content-type": "application/json",
  accept: "application/json, text/event-stream",
};
const initialize = (id: number | string = 1) => ({
  jsonrpc: "2.0",
  id,
  method: "initialize",
  params: {
    protocolVersion: "2025-11-25",
    capabilities: {},
    clientInfo: { name: "raw", version: "1" },
  },
});

/** The JSON-RPC message in a response, whether it is JSON or a stream of events. */
async function messageIn(response: Response): Promise<Record<string, any>> {
  const text = await response.text();
  const data = text.split("\n").find((line) => line.startsWith("data: {"));
  return JSON.parse(data ? data.slice(6) : text) as Record<string, any>;
}

describe("MCP over HTTP", () => {
  const shared = sharedFake({ driver: true });
  const post = (body: unknown, headers: Record<string, string> = {}, path = "") =>
    fetch(shared().h2m.mcpUrl + path, {
      method: "POST",
      headers: { ...HEADERS, ...headers },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
  /** A 2025-era session, made by hand; gives its id. */
  const begin = async (path = "", headers: Record<string, string> = {}) => {
    const response = await post(initialize(), headers, path);
    expect(response.status).toBe(200);
    await response.text();
    const id = response.headers.get("mcp-session-id")!;
    await post(
      { jsonrpc: "2.0", method: "notifications/initialized" },
      { "mcp-session-id": id },
      path,
    );
    return id;
  };

  it.each(ERAS)("serves a client of %s: list, call, error", async (era) => {
    const { h2m } = shared();
    const client = await connected(h2m, "/fake/eras", era);

    expect(await client.names()).toContain("echo");
    expect(await client.text("echo", { text: era })).toBe(era);
    expect((await client.call("fail", { text: "no" })).isError).toBe(true);
    expect((await failure(client.call("nothing"))).message).toContain("There is no tool `nothing`");
    expect(client.instructions()).toContain("fake 1.2.3");
  });

  it.each(ERAS)("refuses a client of %s without the token", async (era) => {
    const { h2m } = shared();

    await failure(connect(era, h2m.mcpUrl));
    await failure(connect(era, h2m.mcpUrl, "wrong"));
  });

  it("is also at its alias", async () => {
    const { h2m } = shared();
    const client = await connect("v1", h2m.mcpUrl.replace("/mcp", "/harness_to_mcp/mcp"), TOKEN);

    expect(await client.names()).toContain("echo");
    await client.end();
  });

  it("serves curl, which accepts anything or says nothing of it", async () => {
    for (const accept of ["*/*", " */* "]) {
      const id = await begin("", { accept });
      const list = await post(
        { jsonrpc: "2.0", id: 2, method: "tools/list" },
        { accept, "mcp-session-id": id },
      );
      expect(list.status).toBe(200);
      expect((await messageIn(list))["result"].tools.length).toBeGreaterThan(3);
    }
  });

  it("serves curl in the 2026 era too", async () => {
    for (const accept of ["*/*", ""]) {
      const { text } = await raw(shared().h2m, "/mcp", {
        method: "POST",
        headers: {
          host: "127.0.0.1",
          authorization: HEADERS.authorization,
          "content-type": "application/json",
          ...(accept ? { accept } : {}),
          "mcp-protocol-version": "2026-07-28",
          "mcp-method": "tools/call",
          "mcp-name": "echo",
        },
        body: JSON.stringify({
          jsonrpc: "2.0",
          id: 7,
          method: "tools/call",
          params: {
            name: "echo",
            arguments: { text: "curled" },
            _meta: {
              "io.modelcontextprotocol/protocolVersion": "2026-07-28",
              "io.modelcontextprotocol/clientInfo": { name: "curl", version: "1" },
              "io.modelcontextprotocol/clientCapabilities": {},
            },
          },
        }),
      });
      expect(text).toContain('"text":"curled"');
    }
  });

  it("says 404 to an unknown session id, with every method", async () => {
    for (const method of ["POST", "GET", "DELETE"]) {
      const response = await fetch(shared().h2m.mcpUrl, {
        method,
        headers: { ...HEADERS, "mcp-session-id": "00000000-0000-0000-0000-000000000000" },
        ...(method === "POST"
          ? { body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "ping" }) }
          : {}),
      });
      expect(response.status).toBe(404);
      expect((await messageIn(response))["error"].code).toBe(-32001);
    }
  });

  it("does not take a session id at another path than its own", async () => {
    const id = await begin("/fake/mine");

    const response = await post(
      { jsonrpc: "2.0", id: 1, method: "tools/list" },
      { "mcp-session-id": id },
      "/fake/yours",
    );

    expect(response.status).toBe(404);
  });

  it("says 404 after DELETE", async () => {
    const id = await begin("/fake/gone");
    const headers = { ...HEADERS, "mcp-session-id": id };

    const ended = await fetch(`${shared().h2m.mcpUrl}/fake/gone`, { method: "DELETE", headers });
    const after = await post(
      { jsonrpc: "2.0", id: 2, method: "ping" },
      { "mcp-session-id": id },
      "/fake/gone",
    );

    expect(ended.status).toBe(200);
    expect(after.status).toBe(404);
  });

  it("says 400 to a body that is no JSON, no request, or comes before `initialize`", async () => {
    for (const body of [
      "{",
      "",
      "[]",
      "null",
      "7",
      '{"jsonrpc":"2.0"}',
      '{"jsonrpc":"2.0","id":1,"method":"tools/list"}',
    ]) {
      const response = await post(body);
      expect(`${body} ${response.status}`).toBe(`${body} 400`);
      expect((await messageIn(response))["error"].message).toBeTruthy();
    }
  });

  it("starts no session for what is refused", async () => {
    const { h2m } = shared();
    const before = h2m.sessions.list().length;

    await post({ ...initialize(), params: {} });
    await post("{");
    await post(initialize(), { accept: "text/html" });
    await post(initialize(), { authorization: "Bearer wrong" });

    expect(h2m.sessions.list().length).toBe(before);
  });

  it("takes a call of 15 MB, and says 413 to more than 16 MiB", async () => {
    const { client } = shared();
    const text = "y".repeat(15_000_000);

    expect((await client.text("echo", { text })).length).toBe(text.length);
    expect((await post(" ".repeat(16 * 1024 * 1024 + 1))).status).toBe(413);
    // All of it is work for the processor.
  }, 60_000);

  it("names the nearest harness to one that is not there, with 404", async () => {
    const response = await post(initialize(), {}, "/faek/x");

    expect(response.status).toBe(404);
    expect(await response.text()).toContain("Did you mean `fake`?");
  });

  it("keeps clients apart that use the same JSON-RPC ids", async () => {
    const ids = [await begin(), await begin()];
    const call = (session: string, id: number, text: string) =>
      post(
        {
          jsonrpc: "2.0",
          id,
          method: "tools/call",
          params: { name: "slow", arguments: { ms: 40 - id * 4, text } },
        },
        { "mcp-session-id": session },
      ).then(messageIn);

    const answers = await Promise.all(
      ids.flatMap((session, who) =>
        Array.from({ length: 8 }, async (_, id) => {
          const { id: given, result } = await call(session, id, `${who}/${id}`);
          return `${given} ${result.content[0].text}`;
        }),
      ),
    );

    const expected = ids.flatMap((_, who) =>
      Array.from({ length: 8 }, (__, id) => `${id} ${who}/${id}`),
    );
    expect(answers).toEqual(expected);
  });

  it("answers other methods of HTTP with an error", async () => {
    for (const method of ["PUT", "PATCH"]) {
      const response = await fetch(shared().h2m.mcpUrl, { method, headers: HEADERS });
      expect(response.status).toBeGreaterThanOrEqual(400);
      expect(response.status).toBeLessThan(500);
    }
  });
});

it("a client that others' arrival finds silent for long keeps its call that still runs", async () => {
  const h2m = await serveFake({ driver: true }, { timeouts: { idle: 2_000 } });
  const client = await connected(h2m);
  await client.names();
  const running = client.text("slow", { ms: 6_000, text: "undisturbed" });
  await sleep(3_000);

  await connected(h2m);

  expect(await running).toBe("undisturbed");
});

it("a client that closes its connection cancels its call", async () => {
  const h2m = await serveFake({ driver: true });
  const one = await connected(h2m, "/fake/both", "v2-2026");
  const two = await connected(h2m, "/fake/both");
  const control = new AbortController();
  const call = failure(one.call("slow", { ms: 60_000, text: "x" }, { signal: control.signal }));
  await until("the call runs", async () => (await two.text("log")).includes("slow"));

  control.abort();

  await call;
  await until("it was stopped", async () => (await two.text("log")).includes("slow:cancelled"));
});

it("a client that asks for progress hears signs of life of its running call", async () => {
  const h2m = await serveFake({ driver: true }, { heartbeat: 50 });

  for (const era of ERAS) {
    const client = await connected(h2m, "/fake/progress", era);
    const heard: number[] = [];
    const onprogress = ({ progress }: { progress: number }) => void heard.push(progress);
    await client.call("slow", { ms: 600, text: "x" }, { onprogress });

    expect(heard.length).toBeGreaterThan(2);
    expect(heard).toEqual(heard.toSorted((a, b) => a - b));
  }
});

it("bare `/mcp` without a harness is one view for all clients of the 2026 era", async () => {
  const h2m = await serveFake({}, { harnesses: [] });

  const views = [1, 2].map(() => h2m.sessions.open({ name: "default" }));

  expect(views[0]).toBe(views[1]);
});
