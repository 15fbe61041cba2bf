import { connect } from "node:net";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { H2m } from "../../src/index.ts";
import { atEnd, serveFake, TOKEN } from "../helpers/server.ts";
import { unhandled, until } from "../helpers/until.ts";

const HELLO = JSON.stringify({
  jsonrpc: "2.0",
  id: 1,
  method: "initialize",
  params: {
    protocolVersion: "2025-11-25",
    capabilities: {},
    clientInfo: { name: "odd", version: "1" },
  },
});

interface Asked {
  readonly lines?: readonly string[];
  readonly without?: RegExp;
  readonly version?: string;
  readonly body?: string | Buffer;
}

/** A request as it stands on the wire; `pieces` come one after the other. */
function wired(h2m: H2m, { lines = [], without = /^$/, version = "1.1", body = HELLO }: Asked) {
  const head = [
    `POST /mcp HTTP/${version}`,
    `Host: ${new URL(h2m.mcpUrl).host}`,
    `Authorization: Bearer ${TOKEN}`,
    "Accept: application/json, text/event-stream",
    "Content-Type: application/json",
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...lines,
  ];
  const kept = head.filter((line) => !without.test(line));
  return [Buffer.from(`${kept.join("\r\n")}\r\n\r\n`), Buffer.from(body)];
}

/** A connection in our own hands. */
function wire(h2m: H2m) {
  const { port } = new URL(h2m.mcpUrl);
  const socket = connect(Number(port), "127.0.0.1");
  const state = { said: "", closed: false };
  socket.on("data", (part) => (state.said += String(part)));
  socket.on("close", () => (state.closed = true));
  atEnd(() => socket.destroy());
  return { socket, state };
}

async function answerTo(h2m: H2m, asked: Asked): Promise<string> {
  const { socket, state } = wire(h2m);
  for (const piece of wired(h2m, asked)) socket.write(piece);
  await until("the answer", () => state.closed || /\}\s*(\r\n0\r\n\r\n)?$/.test(state.said));
  return state.said;
}

/** What Java's HTTP client sends with its first request to a server without TLS. */
const H2C = [
  "Connection: Upgrade, HTTP2-Settings",
  "Upgrade: h2c",
  "HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA",
];

describe("a client that offers another protocol", () => {
  it.each([
    ["as Java does", H2C],
    ["and wants the connection closed", ["Connection: close, Upgrade", "Upgrade: TLS/1.0"]],
  ])("is answered in the one that it came with (%s)", async (_, lines) => {
    const h2m = await serveFake({ driver: true });

    const said = await answerTo(h2m, { lines });

    expect(said).toMatch(/^HTTP\/1\.1 200 /);
    expect(said).toContain('"serverInfo"');
  });

  it("and goes on offering it has its connection closed, and the server grows by nothing", async () => {
    const h2m = await serveFake({ driver: true });
    const { socket, state } = wire(h2m);
    const host = new URL(h2m.mcpUrl).host;
    const one = ["GET /health HTTP/1.1", `Host: ${host}`, ...H2C].join("\r\n");
    const missed = await unhandled(async () => {
      socket.on("error", () => {});
      socket.write(`${one}\r\n\r\n`.repeat(500));

      await until("it is closed", () => state.closed);
    });

    expect(state.said.match(/HTTP\/1\.1 200/g)?.length ?? 0).toBeLessThan(9);
    expect(missed).toEqual([]);
    expect(await answerTo(h2m, {})).toMatch(/^HTTP\/1\.1 200 /);
  });

  it("may send its body late and in pieces, and ask again on the same connection", async () => {
    const h2m = await serveFake({ driver: true });
    const { socket, state } = wire(h2m);
    const [head, body] = wired(h2m, { lines: H2C }) as [Buffer, Buffer];
    const answers = () => state.said.split('"serverInfo"').length - 1;

    socket.write(head);
    for (const byte of body) socket.write(Buffer.from([byte]));
    await until("the first answer", () => answers() === 1);
    for (const piece of wired(h2m, {})) socket.write(piece);

    await until("the second answer", () => answers() === 2);
    expect(state.closed).toBe(false);
  });

  it("is refused like any other without the token", async () => {
    const h2m = await serveFake({ driver: true });

    const said = await answerTo(h2m, { lines: H2C, without: /^Authorization/ });

    expect(said).toMatch(/^HTTP\/1\.1 401 /);
  });
});

describe("the door", () => {
  it("closes a connection that its client wants to be closed", async () => {
    const h2m = await serveFake({ driver: true });
    const { socket, state } = wire(h2m);

    for (const piece of wired(h2m, { lines: ["Connection: close"] })) socket.write(piece);

    await until("it is closed", () => state.closed);
    expect(state.said).toContain('"serverInfo"');
    expect(state.said).toMatch(/^connection: close\r$/im);
  });

  it("says that a compressed body is not read", async () => {
    const h2m = await serveFake({ driver: true });
    const body = gzipSync(HELLO);

    const said = await answerTo(h2m, { lines: ["Content-Encoding: gzip"], body });
    const plain = await answerTo(h2m, { lines: ["Content-Encoding: identity"] });

    expect(said).toMatch(/^HTTP\/1\.1 415 /);
    expect(said).toContain("`gzip`");
    expect(plain).toMatch(/^HTTP\/1\.1 200 /);
  });

  it("says that a request names no host", async () => {
    const h2m = await serveFake({ driver: true });

    const said = await answerTo(h2m, { version: "1.0", without: /^Host/ });

    expect(said).toMatch(/^HTTP\/1\.1 400 /);
    expect(said).toContain("names no host");
  });
});
