import { createServer, request as requestOf } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import type { H2m, H2mConfig } from "../../src/index.ts";
import { type FakeOptions, fakePlugin } from "../../src/testing.ts";
import { connect, ERAS, type Era, type McpClient } from "../helpers/clients.ts";
import { ATTACH_KEY, atEnd, serve, TOKEN } from "../helpers/server.ts";
import { lives, until } from "../helpers/until.ts";

const DRIVEN = { driver: true, headers: true } as const;
/** Nothing listens there: whoever connects has left the process. */
const NOWHERE = "http://127.0.0.1:9";

function embedded(config: H2mConfig = {}, options: FakeOptions = DRIVEN): Promise<H2m> {
  const plugins = [fakePlugin(options)];
  return serve({ harnesses: ["fake"], plugins, ...config }, { listen: false });
}

/** A client of the SDKs whose every request is handed over. */
async function client(h2m: H2m, era: Era, path = ""): Promise<McpClient> {
  const made = await connect(era, `${NOWHERE}/mcp${path}`, TOKEN, {
    fetch: (url, init) => h2m.fetch(new Request(url, init)),
  });
  atEnd(() => made.close().catch(() => {}));
  return made;
}

interface Asked {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly signal?: AbortSignal;
}

function ask(h2m: H2m, path: string, body?: object, asked: Asked = {}): Promise<Response> {
  const { method = body ? "POST" : "GET", headers, signal } = asked;
  const content: Record<string, string> = body ? { "content-type": "application/json" } : {};
  return h2m.fetch(
    new Request(NOWHERE + path, {
      method,
      headers: {
        authorization: `Bearer ${TOKEN}`,
        accept: "application/json, text/event-stream",
        ...content,
        ...headers,
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
      ...(signal ? { signal } : {}),
    }),
  );
}

const hello = {
  jsonrpc: "2.0",
  id: 0,
  method: "initialize",
  params: {
    protocolVersion: "2025-11-25",
    capabilities: {},
    clientInfo: { name: "x", version: "1" },
  },
};

/** An MCP session by hand: gives the headers of its requests. */
async function opened(h2m: H2m, path: string): Promise<Record<string, string>> {
  const response = await ask(h2m, path, hello);
  await response.text();
  return { "mcp-session-id": response.headers.get("mcp-session-id") ?? "" };
}

const slow = (more: object = {}) => ({
  jsonrpc: "2.0",
  id: 1,
  method: "tools/call",
  params: { name: "slow", arguments: { ms: 60_000, text: "done" }, ...more },
});

describe.each(ERAS)("a program that hands the requests of a client of %s over", (era) => {
  it("gets its answers: lists, results, errors, and the end", async () => {
    const h2m = await embedded();
    const own = await client(h2m, era, "/fake/one");

    expect(await own.names()).toContain("echo");
    expect(await own.text("echo", { text: "hello" })).toBe("hello");
    expect(await own.call("fail", { text: "no" })).toMatchObject({ isError: true });
    const big = await own.text("big", { n: 2_000_000 });
    expect(big.length).toBe(2_000_000);
    await own.end();
    expect(h2m.mcpUrl).toBe("/mcp");
  });

  it("gets news of a running call before its result", async () => {
    const h2m = await embedded({ heartbeat: 30 });
    const own = await client(h2m, era, "/fake/one");
    const told: string[] = [];

    const call = own.call(
      "slow",
      { ms: 500, text: "done" },
      { onprogress: () => void told.push("news") },
    );
    await until("there is news", () => told.length > 1);
    told.push("so far");
    await call;

    expect(told.slice(0, 2)).toEqual(["news", "news"]);
    expect(told).toContain("so far");
  });
});

describe("a client that leaves during its call", () => {
  /** What becomes of the calls of a server, whose harness is there. */
  async function watched(config: H2mConfig = {}) {
    const h2m = await embedded(config);
    const calls: string[] = [];
    await (await client(h2m, "v1", "/fake/one")).text("pid");
    h2m.on("call:start", ({ name }) => void calls.push(`${name} began`));
    h2m.on("call:end", ({ name, error }) => void calls.push(`${name} ${error?.code}`));
    const began = () => until("it runs", () => calls.includes("slow began"));
    const cancelled = () => until("it was cancelled", () => calls.includes("slow cancelled"));
    return { h2m, began, cancelled };
  }

  it("is seen by the signal of its request, before there is any answer", async () => {
    const { h2m, began, cancelled } = await watched();
    const headers = await opened(h2m, "/mcp/fake/one");
    const control = new AbortController();
    const answer = ask(h2m, "/mcp/fake/one", slow(), { headers, signal: control.signal });
    answer.catch(() => {});
    await began();

    control.abort();

    await cancelled();
  });

  it("is seen by a signal that is aborted already", async () => {
    const { h2m, cancelled } = await watched();
    const headers = await opened(h2m, "/mcp/fake/one");
    const signal = AbortSignal.timeout(0);
    await until("it is over", () => signal.aborted);

    await ask(h2m, "/mcp/fake/one", slow(), { headers, signal }).catch(() => {});

    await cancelled();
  });

  it("is seen by the body of the answer that is cancelled", async () => {
    const { h2m, began, cancelled } = await watched({ heartbeat: 20 });
    const headers = await opened(h2m, "/mcp/fake/one");
    const call = slow({ _meta: { progressToken: "p" } });
    const { body } = await ask(h2m, "/mcp/fake/one", call, { headers });
    const reader = body?.getReader();
    await Promise.all([began(), reader?.read()]);

    await reader?.cancel();

    await cancelled();
  });

  it("of the 2026 era, likewise", async () => {
    const { h2m, began, cancelled } = await watched();
    const control = new AbortController();
    const call = slow({
      _meta: {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": { name: "x", version: "1" },
        "io.modelcontextprotocol/clientCapabilities": {},
      },
    });
    const headers = {
      "mcp-protocol-version": "2026-07-28",
      "mcp-method": "tools/call",
      "mcp-name": "slow",
    };
    ask(h2m, "/mcp/fake/one", call, { headers, signal: control.signal }).catch(() => {});
    await began();

    control.abort();

    await cancelled();
  });

  it("that closes its stream is away, and its session ends after a while", async () => {
    const h2m = await embedded({ timeouts: { gone: 200 } });
    const headers = await opened(h2m, "/mcp");
    const stream = await ask(h2m, "/mcp", undefined, { headers });
    expect(stream.status).toBe(200);
    expect(h2m.sessions.list()).toHaveLength(1);

    await stream.body?.cancel();

    await until("it has ended", () => h2m.sessions.list().length === 0);
  });
});

describe("a server that another program serves", () => {
  it("listens for its harnesses alone, at loopback, and shows clients no LLM API", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    atEnd(() => taken.close());
    await until("it listens", () => taken.listening);
    const { port } = taken.address() as AddressInfo;
    const h2m = await embedded({
      server: { host: "0.0.0.0", port, token: TOKEN, attachKey: ATTACH_KEY },
    });
    const turn = { model: "m", max_tokens: 1, messages: [{ role: "user", content: "hi" }] };
    const root = new URL(h2m.hijackUrl).origin;

    for (const key of [TOKEN, ATTACH_KEY]) {
      const headers = { authorization: `Bearer ${key}`, "x-api-key": key };
      const inner = await ask(h2m, "/harness_to_mcp/v1/messages", turn, { headers });
      expect([401, 404]).toContain(inner.status);
      const { status } = await fetch(`${root}/mcp`, {
        method: "POST",
        headers: { ...headers, "content-type": "application/json" },
        body: JSON.stringify(hello),
      });
      expect([401, 404]).toContain(status);
    }
    expect(new URL(root).hostname).toBe("127.0.0.1");
    expect(new URL(root).port).not.toBe(String(port));
    expect(await (await client(h2m, "v1")).text("echo", { text: "served" })).toBe("served");
  });

  it("asks for the token, and for a host that is its own, which the URL may name", async () => {
    const h2m = await embedded();

    const none = await h2m.fetch(new Request(`${NOWHERE}/mcp`));
    const foreign = await h2m.fetch(new Request("http://evil.example/mcp"));
    const page = await ask(h2m, "/mcp", hello, { headers: { origin: "https://evil.example" } });
    const health = await ask(h2m, "/health");

    expect([none.status, foreign.status, page.status, health.status]).toEqual([401, 403, 403, 200]);
  });

  it("ends with `close`, and answers that it is stopping", async () => {
    const h2m = await embedded();
    const pid = Number(await (await client(h2m, "v1")).text("pid"));

    await h2m.close();

    expect(lives(pid)).toBe(false);
    const response = await ask(h2m, "/mcp", hello);
    expect([response.status, await response.json()]).toEqual([
      503,
      { error: expect.stringContaining("stopping") },
    ]);
  });

  it("says what is wrong where its request was read by somebody else", async () => {
    const h2m = await embedded();
    const server = createServer((request, response) => {
      request.resume().once("end", () => h2m.nodeHandler(request, response));
    }).listen(0, "127.0.0.1");
    atEnd(() => server.close());
    await until("it listens", () => server.listening);
    const { port } = server.address() as AddressInfo;

    const text = await new Promise<string>((resolve, reject) => {
      const headers = { "content-type": "application/json", authorization: `Bearer ${TOKEN}` };
      const asked = requestOf({ port, path: "/mcp", method: "POST", headers }, (response) => {
        void Readable.from(response)
          .toArray()
          .then((parts) => resolve(`${response.statusCode} ${parts.join("")}`), reject);
      });
      asked.on("error", reject).end(JSON.stringify(hello));
    });

    expect(text).toMatch(/^500 .*express\.json\(\)/);
  });

  it("also answers where h2m listens itself", async () => {
    const h2m = await serve({ harnesses: ["fake"], plugins: [fakePlugin(DRIVEN)] });

    const response = await ask(h2m, "/mcp", hello, { headers: { host: "127.0.0.1" } });

    expect(response.status).toBe(200);
    await response.text();
    expect(h2m.mcpUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/mcp$/);
  });
});
