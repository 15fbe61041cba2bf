import { once } from "node:events";
import { connect as dial } from "node:net";
import { describe, expect, it } from "vitest";
import type { H2m } from "../../src/index.ts";
import { raw } from "../helpers/raw.ts";
import { serve, TOKEN } from "../helpers/server.ts";

const AUTHORIZATION = `Bearer ${TOKEN}`;

/** The status of a request with these lines of head, just as they are. */
async function statusOf(h2m: H2m, ...lines: string[]): Promise<string | undefined> {
  const { hostname, port } = new URL(h2m.mcpUrl);
  const socket = dial(Number(port), hostname).setEncoding("latin1");
  socket.on("error", () => {});
  let answer = "";
  socket.on("data", (text) => (answer += text));
  const ended = once(socket, "close");
  socket.write(`${lines.join("\r\n")}\r\nconnection: close\r\n\r\n`, "latin1");
  await ended;
  return /^HTTP\/1\.1 (\d+)/.exec(answer)?.[1];
}

describe("an origin", () => {
  it.each<[string, boolean]>([
    ["http://localhost", true],
    ["http://localhost:5173", true],
    ["https://localhost:80", true],
    ["http://127.0.0.1:1", true],
    ["http://[::1]:99", true],
    ["HTTP://LOCALHOST:3000", true],
    ["http://localhost/", true],
    ["https://app.example", true],
    ["https://APP.example", true],
    ["tauri://app", true],
    ["electron://app.example:1", true],
    ["tauri://app:1", false],
    ["tauri://localhost", false],
    ["capacitor://localhost", false],
    ["ionic://localhost", false],
    ["app://localhost", false],
    ["ws://localhost", false],
    ["ftp://localhost", false],
    ["file://localhost", false],
    ["file://", false],
    ["vscode-webview://127.0.0.1", false],
    ["chrome-extension://localhost", false],
    ["blob:http://localhost", false],
    ["http:localhost", false],
    ["http:\\\\localhost", false],
    ["http://localhost\\@evil.example", false],
    ["http://localhost@evil.example", false],
    ["http://evil.example@localhost", false],
    ["http://user:x@localhost:80", false],
    ["http://localhost:80@evil.example", false],
    ["http://localhost.", false],
    ["http://localhost.:5173", false],
    ["http://localhost.evil.example", false],
    ["http://evil.example/localhost", false],
    ["http://localhost/evil", false],
    ["http://localhost?evil", false],
    ["http://localhost#evil", false],
    ["http://localhost,http://evil.example", false],
    ["http://localhost http://evil.example", false],
    ["http://localhost:99999", false],
    ["http://localhost:x", false],
    ["http://[::ffff:127.0.0.1]", false],
    ["http://0.0.0.0", false],
    ["http://[::]", false],
    ["//localhost", false],
    ["localhost", false],
    ["null", false],
    ["", false],
  ])("%j is let in: %s", async (origin, open) => {
    const allowedOrigins = ["https://app.example", "tauri://app", "electron://app.example:1"];
    const h2m = await serve({ server: { allowedOrigins } });

    const headers = { host: "localhost", authorization: AUTHORIZATION, origin };
    const { status } = await raw(h2m, "/nothing", { headers });

    expect(status).toBe(open ? 404 : 403);
  });
});

describe("a host", () => {
  it.each<[string, boolean]>([
    ["localhost", true],
    ["LOCALHOST:9330", true],
    ["LocalHost", true],
    ["127.0.0.1:1", true],
    ["[::1]", true],
    ["[::1]:65535", true],
    ["localhost.", false],
    ["localhost.:9330", false],
    ["[::ffff:127.0.0.1]", false],
    ["[::ffff:7f00:1]", false],
    ["user@localhost", false],
    ["localhost@evil.example", false],
    ["localhost:9330:1", false],
    ["localhost:x", false],
    ["localhost, evil.example", false],
    ["evil.example", false],
  ])("%j is served: %s", async (host, open) => {
    const h2m = await serve();

    const { status } = await raw(h2m, "/health", { headers: { host } });

    expect([400, 403].includes(status)).toBe(!open);
    if (open) expect(status).toBe(200);
  });

  it.each([
    ["twice, ours first", ["GET /health HTTP/1.1", "Host: localhost", "Host: evil.example"]],
    ["twice, ours last", ["GET /health HTTP/1.1", "Host: evil.example", "Host: localhost"]],
    [
      "in the request line, ours in the header",
      ["GET http://evil.example/health HTTP/1.1", "Host: localhost"],
    ],
    [
      "in the header, ours in the request line",
      ["GET http://localhost/health HTTP/1.1", "Host: evil.example"],
    ],
    ["not at all", ["GET /health HTTP/1.1"]],
    ["with nothing in it", ["GET /health HTTP/1.1", "Host: "]],
    ["not at all, in HTTP/1.0", ["GET /health HTTP/1.0"]],
  ])("is refused that is said %s", async (_, lines) => {
    const h2m = await serve();

    expect(await statusOf(h2m, ...lines)).toMatch(/^(400|403)$/);
  });

  it.each([
    ["in both places", ["GET http://localhost/health HTTP/1.1", "Host: localhost"]],
    ["in the header", ["GET /health HTTP/1.1", "Host: LOCALHOST:80"]],
  ])("is served that is said %s", async (_, lines) => {
    const h2m = await serve();

    expect(await statusOf(h2m, ...lines)).toBe("200");
  });
});
