import { connect } from "node:net";
import { describe, expect, it } from "vitest";
import { definePlugin } from "../../src/plugin.ts";
import { raw, UPGRADE } from "../helpers/raw.ts";
import { atEnd, serve, serveFake, TOKEN } from "../helpers/server.ts";
import { until } from "../helpers/until.ts";

const headers = {
  authorization: `Bearer ${TOKEN}`,
  accept: "application/json, text/event-stream",
  "content-type": "application/json",
};

describe("rough clients", () => {
  it("hear that TRACE is not served", async () => {
    const h2m = await serve();

    const { status } = await raw(h2m, "/mcp", { method: "TRACE", headers });

    expect(status).toBe(405);
  });

  it("hear that a host which is none makes no upgrade", async () => {
    const h2m = await serve();

    const { status } = await raw(h2m, "/mcp", {
      headers: { ...headers, ...UPGRADE, host: "[::1" },
    });

    expect(status).toBe(400);
  });

  it("that keep their half of a refused upgrade open keep no server from closing", async () => {
    const h2m = await serve();
    const { port } = new URL(h2m.mcpUrl);
    const socket = connect({ port: Number(port), host: "127.0.0.1", allowHalfOpen: true });
    atEnd(() => socket.destroy());
    const all = Object.entries({ ...headers, ...UPGRADE, host: "[::1" });
    let said = "";
    socket.on("data", (part) => (said += String(part)));
    socket.write(`GET /mcp HTTP/1.1\r\n${all.map((line) => line.join(": ")).join("\r\n")}\r\n\r\n`);
    await until("it is refused", () => said.includes("400 Bad Request"));

    await h2m.close();

    expect(socket.destroyed).toBe(false);
  });

  it("that leave in the middle of a body are no error of ours", async () => {
    let over = false;
    const watch = definePlugin({
      name: "watch",
      setup: ({ app }) => {
        // What becomes of the request is settled right after this.
        app.use(async (_event, next) => {
          try {
            return await next();
          } finally {
            setImmediate(() => (over = true));
          }
        });
      },
    });
    const h2m = await serve({ plugins: [watch] });
    const errors: string[] = [];
    h2m.on("error", ({ error }) => void errors.push(error.message));
    const socket = connect(Number(new URL(h2m.mcpUrl).port), "127.0.0.1");
    atEnd(() => socket.destroy());
    const all = { host: "127.0.0.1", ...headers, "content-length": "100", expect: "100-continue" };
    const lines = Object.entries(all).map((line) => line.join(": "));
    let said = "";
    socket.on("data", (part) => (said += String(part)));
    socket.write(`POST /mcp HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n{`);
    await until("the server to wait for the body", () => said.includes("100 Continue"));

    socket.end();

    await until("the server to be done with it", () => over);
    expect(errors).toEqual([]);
  });
});

describe("the stream of a session", () => {
  it("begins at once, though it has nothing to tell yet", async () => {
    const h2m = await serveFake();
    const params = {
      protocolVersion: "2025-11-25",
      capabilities: {},
      clientInfo: { name: "t", version: "1" },
    };
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "initialize", params });
    const opened = await raw(h2m, "/mcp", { method: "POST", headers, body });
    const id = String(opened.headers["mcp-session-id"]);

    const stream = await fetch(h2m.mcpUrl, { headers: { ...headers, "mcp-session-id": id } });
    const first = await stream.body?.getReader().read();

    // Not the first keep-alive, which comes after 15 s.
    expect(new TextDecoder().decode(first?.value)).toBe(": open\n\n");
  });
});
