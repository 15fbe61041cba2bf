import { networkInterfaces } from "node:os";
import { describe, expect, it, vi } from "vitest";
import { version } from "../../package.json" with { type: "json" };
import { fakePlugin } from "../../src/testing.ts";
import { raw, type RawRequest } from "../helpers/raw.ts";
import { ATTACH_KEY, atEnd, serve, TOKEN } from "../helpers/server.ts";
import { failure } from "../helpers/until.ts";

const JSON_TYPE = { "content-type": "application/json" };
const MCP = { host: "127.0.0.1", authorization: `Bearer ${TOKEN}`, ...JSON_TYPE };
const HIJACK = { host: "127.0.0.1", authorization: `Bearer ${ATTACH_KEY}`, ...JSON_TYPE };
const LIST = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list" });

/** Every kind of route, with what it is opened by, and its answer to an empty request that was let in. */
const ROUTES: readonly { path: string; request: RawRequest; open: number }[] = [
  { path: "/health", request: { headers: { host: "127.0.0.1" } }, open: 200 },
  { path: "/harness_to_mcp/health", request: { headers: { host: "127.0.0.1" } }, open: 200 },
  { path: "/mcp", request: { method: "POST", headers: MCP, body: LIST }, open: 400 },
  { path: "/mcp", request: { headers: MCP }, open: 400 },
  { path: "/mcp/claude/x", request: { method: "POST", headers: MCP, body: LIST }, open: 400 },
  { path: "/harness_to_mcp/mcp", request: { method: "POST", headers: MCP, body: LIST }, open: 400 },
  ...["messages", "responses", "chat/completions"].map((api) => ({
    path: `/harness_to_mcp/v1/${api}`,
    request: { method: "POST", headers: HIJACK, body: "{}" },
    open: 400,
  })),
  { path: "/harness_to_mcp/v1/models", request: { headers: HIJACK }, open: 200 },
  {
    path: "/harness_to_mcp/hosts/v1/logs",
    request: { method: "POST", headers: HIJACK, body: "{}" },
    open: 404,
  },
  { path: "/nothing", request: { headers: MCP }, open: 404 },
];

describe("the guard", () => {
  it("lets every route be used from here, by any of our names", async () => {
    const h2m = await serve();

    for (const { path, request, open } of ROUTES) {
      for (const host of ["127.0.0.1", "localhost:1234", "[::1]:99", "LOCALHOST"]) {
        const { status } = await raw(h2m, path, {
          ...request,
          headers: { ...request.headers, host },
        });
        expect(`${path} ${host} ${status}`).toBe(`${path} ${host} ${open}`);
      }
    }
  });

  it("refuses a host that no URL can have, which is no fault of ours", async () => {
    const told: unknown[] = [];
    const h2m = await serve();
    h2m.on("error", ({ error }) => void told.push(error));

    for (const { path, request } of ROUTES) {
      const headers = { ...request.headers, host: "127.0.0.1:99999" };
      const { status } = await raw(h2m, path, { ...request, headers });
      expect(`${path} ${status}`).toBe(`${path} 400`);
    }
    expect(told).toEqual([]);
  });

  it("refuses other hosts and origins on every route, and grants no origin anything", async () => {
    const h2m = await serve();
    const evil = [
      ...[
        "evil.example",
        "127.0.0.1.nip.io",
        "localhost.evil.example",
        "127.0.0.1@evil.example",
      ].map((host) => ({ host })),
      ...[
        "http://evil.example",
        "null",
        "https://localhost.evil.example",
        "file://",
        "garbage",
      ].map((origin) => ({ origin })),
    ];

    for (const { path, request } of ROUTES) {
      for (const headers of evil) {
        const { status, headers: answer } = await raw(h2m, path, {
          ...request,
          headers: { ...request.headers, ...headers },
        });
        const what = `${request.method ?? "GET"} ${path} ${JSON.stringify(headers)}`;
        expect(`${what} ${status}`).toMatch(/ (403|421)$/);
        expect(Object.keys(answer).filter((name) => name.startsWith("access-control"))).toEqual([]);
      }
    }
  });

  it("answers no preflight", async () => {
    const h2m = await serve();

    for (const origin of ["http://evil.example", "http://localhost:1"]) {
      const headers = {
        host: "127.0.0.1",
        origin,
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,content-type",
      };
      for (const { path } of ROUTES) {
        const { status, headers: answer } = await raw(h2m, path, { method: "OPTIONS", headers });
        expect(status).toBeGreaterThanOrEqual(400);
        expect(Object.keys(answer).filter((name) => name.startsWith("access-control"))).toEqual([]);
      }
    }
  });

  it("asks for the token on each request to MCP, and takes no other secret for it", async () => {
    const h2m = await serve();
    const wrong: Record<string, string>[] = [
      {},
      { authorization: "Bearer" },
      { authorization: "Bearer wrong" },
      { authorization: `Basic ${TOKEN}` },
      { authorization: `Bearer ${TOKEN}x` },
      { authorization: `Bearer ${TOKEN.toUpperCase()}` },
      { authorization: `Bearer ${ATTACH_KEY}` },
      { "x-api-key": TOKEN },
    ];

    for (const method of ["POST", "GET", "DELETE"]) {
      for (const headers of wrong) {
        const answer = await raw(h2m, `/mcp?token=${TOKEN}`, {
          method,
          headers: { host: "127.0.0.1", ...JSON_TYPE, ...headers },
          ...(method === "POST" ? { body: LIST } : {}),
        });
        expect(`${method} ${JSON.stringify(headers)} ${answer.status}`).toMatch(/ 401$/);
        expect(answer.headers["www-authenticate"]).toContain("Bearer");
        expect(answer.text).not.toContain(TOKEN);
      }
    }
  });

  it("takes a body as JSON only", async () => {
    const h2m = await serve();

    for (const { path, request } of ROUTES.filter((route) => route.request.method === "POST")) {
      for (const type of [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
      ]) {
        const headers = { ...request.headers, "content-type": type };
        const { status } = await raw(h2m, path, { ...request, headers });
        expect(`${path} ${status}`).toBe(`${path} 415`);
      }
      const headers = { ...request.headers, "content-type": "Application/JSON; charset=utf-8" };
      expect((await raw(h2m, path, { ...request, headers })).status).not.toBe(415);
    }
  });

  it("is not passed by another way to write a path", async () => {
    const h2m = await serve();
    const headers = { host: "127.0.0.1", ...JSON_TYPE };
    const paths = [
      "/health/../mcp",
      "/health/..%2fmcp",
      "/%2e%2e/mcp",
      "//mcp",
      "/mcp/",
      "/./mcp",
      "/mcp%2f",
      "/%6dcp",
      "/harness_to_mcp/v1/../mcp",
      "/harness_to_mcp/v1/%2e%2e/mcp",
      "/harness_to_mcp/v1/..%2fmcp",
      "/harness_to_mcp/v1/../../etc/passwd",
      "/harness_to_mcp/hosts/../../mcp",
      "/harness_to_mcp/hosts/../v1/messages",
      "/mcp/../../../../etc/passwd",
      "/health\\..\\mcp",
      "http://evil.example/mcp",
    ];

    for (const path of paths) {
      for (const method of ["GET", "POST"]) {
        const { status, text } = await raw(h2m, path, {
          method,
          headers,
          ...(method === "POST" ? { body: LIST } : {}),
        });
        expect(`${method} ${path} ${status}`).toMatch(/ (400|401|403|404)$/);
        expect(text).not.toContain("jsonrpc");
        expect(text).not.toContain("root:");
      }
    }
    expect(h2m.sessions.list()).toEqual([]);
  });

  it("lets in the hosts and origins that the config allows", async () => {
    const h2m = await serve({
      server: { allowedHosts: ["h2m.example"], allowedOrigins: ["https://app.example"] },
    });
    const headers = { ...MCP, host: "h2m.example:8080", origin: "https://app.example" };

    expect((await raw(h2m, "/mcp", { method: "POST", headers, body: LIST })).status).toBe(400);
    const other = { ...headers, origin: "https://app.example.evil.example" };
    expect((await raw(h2m, "/mcp", { method: "POST", headers: other, body: LIST })).status).toBe(
      403,
    );
  });
});

/** An address of this machine that is no loopback, of each family that it has. */
const LAN = Object.values(networkInterfaces())
  .flat()
  .flatMap((each) =>
    each && !each.internal && !each.address.startsWith("fe80") ? [each.address] : [],
  );

describe("the address that the server listens at", () => {
  const settings = { allowedHosts: ["devbox.example"] };

  it.each(["127.0.0.2", "0:0:0:0:0:0:0:1", ...LAN])(
    "%s is allowed, for clients and for our own harness",
    async (host) => {
      const h2m = await serve({
        plugins: [fakePlugin()],
        harnesses: ["fake"],
        server: { ...settings, host },
      });

      expect((await fetch(h2m.mcpUrl.replace("/mcp", "/health"))).status).toBe(200);
      const session = h2m.sessions.open({ name: "own" });
      expect((await session.tools()).length).toBeGreaterThan(0);
      // Others are refused as before.
      const evil = { host: "evil.example" };
      expect((await raw(h2m, "/health", { headers: evil })).status).toBe(403);
    },
  );

  it("is no name for another one", async () => {
    const h2m = await serve({ server: { ...settings, host: "127.0.0.2" } });

    for (const [host, status] of [
      ["127.0.0.2:99", 200],
      ["devbox.example", 200],
      ["127.0.0.2.nip.io", 403],
      ["192.0.2.77", 403],
      ["0.0.0.0", 403],
    ] as const)
      expect([host, (await raw(h2m, "/health", { headers: { host } })).status]).toEqual([
        host,
        status,
      ]);
  });
});

describe("the server", () => {
  it("tells health without a token: status and version, and nothing else", async () => {
    const h2m = await serve();

    for (const path of ["/health", "/harness_to_mcp/health"]) {
      const { status, text } = await raw(h2m, path, { headers: { host: "localhost" } });
      expect(status).toBe(200);
      expect(JSON.parse(text)).toEqual({ status: "ok", version });
    }
  });

  it("listens on loopback only, whatever the environment says", async () => {
    for (const [name, value] of Object.entries({
      NODE_ENV: "production",
      HOST: "0.0.0.0",
      PORT: "1",
    }))
      vi.stubEnv(name, value);
    atEnd(() => vi.unstubAllEnvs());

    const { hostname, port } = new URL((await serve()).mcpUrl);

    expect(hostname).toBe("127.0.0.1");
    await failure(fetch(`http://127.0.0.2:${port}/health`));
  });

  it("says which port is taken, and takes no other", async () => {
    const first = await serve();
    const port = Number(new URL(first.mcpUrl).port);

    const error = await failure(serve({ server: { port } }));

    expect(error.code).toBe("port-taken");
    expect(error.message).toContain(`Port ${port} of 127.0.0.1 is taken`);
  });

  it("serves another host only with a token of the user's and the names it is reached by, and says each", async () => {
    const allowedHosts = ["h2m.example"];
    const [token, names] = ["a token of yours", "the names that it is reached by"];
    const [weakToken, weakKey] = [
      "a stronger token than yours",
      "a stronger attach key than yours",
    ];
    const all = [token, names, weakToken, weakKey];
    for (const [server, missing] of [
      [{ token: undefined }, [token, names]],
      [{ token: undefined, allowedHosts }, [token]],
      [{ allowedHosts: [] }, [names]],
      [{ host: "::", allowedHosts: [] }, [names]],
      [{ allowedHosts, token: "T" }, [weakToken]],
      [{ allowedHosts, token: "fifteen-letters" }, [weakToken]],
      [{ allowedHosts, token: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" }, [weakToken]],
      [{ allowedHosts: [], token: "T", attachKey: "K" }, [names, weakToken, weakKey]],
      [{ host: "192.0.2.1", token: undefined }, [token]],
    ] as const) {
      const error = await failure(serve({ server: { host: "0.0.0.0", ...server } }));
      expect(error.code).toBe("bad-config");
      expect(all.filter((part) => error.message.includes(part)).toSorted()).toEqual(
        missing.toSorted(),
      );
    }
    expect((await failure(serve({ server: { host: "0.0.0.0", auth: false } }))).code).toBe(
      "bad-config",
    );
  });

  it("at every address gives one that works, and says to others how theirs would", async () => {
    const h2m = await serve({ server: { host: "0.0.0.0", allowedHosts: ["h2m.example"] } });
    const status = async (host: string) =>
      (await raw(h2m, "/health", { headers: { host } })).status;

    expect(new URL(h2m.mcpUrl).hostname).toBe("127.0.0.1");
    expect(await status(new URL(h2m.mcpUrl).host)).toBe(200);
    expect(await status("h2m.example:1")).toBe(200);
    const refused = await raw(h2m, "/health", { headers: { host: "other.example" } });
    expect(refused.status).toBe(403);
    for (const way of ["server.allowedHosts", "--allowed-host", "H2M_ALLOWED_HOSTS"])
      expect(refused.text).toContain(way);
  });

  it("survives clients that hang up in the middle of anything", async () => {
    const h2m = await serve();
    const url = `${h2m.hijackUrl}/v1/messages`;
    const body = JSON.stringify({
      model: "x",
      messages: [{ role: "user", content: "x".repeat(1e6) }],
    });

    await Promise.all(
      Array.from({ length: 30 }, async (_, index) => {
        const signal = AbortSignal.timeout(index);
        await fetch(url, { method: "POST", headers: HIJACK, body, signal }).catch(() => {});
      }),
    );

    expect((await raw(h2m, "/health", { headers: { host: "localhost" } })).status).toBe(200);
  });
});
