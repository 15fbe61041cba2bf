import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { type ConnectionLimits, Connections } from "../../src/server/connections.ts";
import { atEnd } from "../helpers/server.ts";
import { until } from "../helpers/until.ts";

const LIMITS = { head: 150, body: 150, max: 100 };
/** Much longer than either of them. */
const LONG = 600;

/** A server that answers what it heard, watched with limits of tests. Gives what connects to it. */
async function watched(
  change: Partial<ConnectionLimits> = {},
  answer: RequestListener = echo,
): Promise<(() => Promise<Client>) & { open(): Promise<number> }> {
  const server = createServer(answer);
  const connections = new Connections({ ...LIMITS, ...change });
  server.on("upgrade", ({ socket }) => connections.upgrade(socket));
  server.keepAliveTimeout = 60_000;
  connections.watch(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  atEnd(() => {
    connections.close();
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  const connectTo = async () => {
    const client = new Client(connect({ port, host: "127.0.0.1", allowHalfOpen: true }));
    await once(client.socket, "connect");
    return client;
  };
  return Object.assign(connectTo, { open: promisify(server.getConnections.bind(server)) });
}

const echo: RequestListener = (request, response) => {
  let text = "";
  request.on("data", (part) => (text += part)).on("end", () => response.end(`heard ${text}`));
};

class Client {
  readonly socket: Socket;
  said = "";
  /** The end of it: looking at that of many megabytes copies them. */
  tail = "";
  over = false;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", (part) => {
      this.said += part;
      this.tail = (this.tail + part).slice(-100);
    });
    socket.on("error", () => (this.over = true));
    // Its own half stays open.
    socket.on("end", () => (this.over = true));
    socket.on("close", () => (this.over = true));
    atEnd(() => socket.destroy());
  }

  write(text: string): void {
    this.socket.write(text);
  }

  ended(): Promise<unknown> {
    return until("the connection is ended", () => this.over, 2_000);
  }

  /** Waits for a large answer. @throws at once if the connection ends before it is there */
  async takes(whole: () => boolean): Promise<void> {
    const come = () => whole() || (this.over && "ended");
    expect(await until("all has come", come, PATIENCE)).toBe(true);
  }

  async says(text: string): Promise<void> {
    await until(`${text} in ${this.said}`, () => this.said.includes(text), 4_000);
  }
}

const get = (path = "/") => `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`;
const post = (length: number) => `POST / HTTP/1.1\r\nhost: x\r\ncontent-length: ${length}\r\n\r\n`;

describe("a connection is ended", () => {
  it("that asks nothing", async () => {
    const client = await (await watched())();

    await client.ended();

    expect(client.said).toBe("");
  });

  it("whose head does not come to its end, though it moves", async () => {
    const client = await (await watched())();
    const moving = setInterval(() => client.write("x"), 20);
    atEnd(() => clearInterval(moving));
    client.write("GET / HTTP/1.1\r\nx-slow: ");

    await client.ended();

    expect(client.said).toContain("408 Request Timeout");
  });

  it("whose next head does not come to its end", async () => {
    const client = await (await watched())();
    client.write(get());
    await client.says("heard");

    client.write("GET / HT");

    await client.ended();
    expect(client.said).toContain("408 Request Timeout");
  });

  it("whose body stops", async () => {
    const client = await (await watched())();
    client.write(`${post(100)}only this`);

    await client.ended();

    expect(client.said).toContain("408 Request Timeout");
  });

  it("whose body stops after it was refused", async () => {
    const refuse: RequestListener = (_request, response) => void response.writeHead(401).end();
    const client = await (await watched({}, refuse))();
    client.write(`${post(100)}only this`);
    await client.says("401");

    await client.ended();
  });
});

/** More than the buffers of the system take. */
const LARGE = Buffer.alloc(24_000_000, "x");
/** For all of that on a busy machine, in ms. */
const PATIENCE = 40_000;
const SMALL = LARGE.subarray(0, 10_000);
const large: RequestListener = (_request, response) => void response.end(LARGE);
const small: RequestListener = (_request, response) => void response.end(SMALL);

describe("a connection whose client does not read", () => {
  it.each<[string, RequestListener, string]>([
    ["one large answer", large, get()],
    ["many small ones that it asked for at once", small, get().repeat(2_400)],
    ["a large one, with the body of another request half sent", large, get() + post(100_000) + "x"],
  ])("is ended after %s", async (_, answer, asked) => {
    const connectTo = await watched({}, answer);
    const client = await connectTo();
    client.socket.pause();

    client.write(asked);

    await until("it is ended", async () => (await connectTo.open()) === 0);
  });

  it("makes room", async () => {
    const connectTo = await watched({ body: 60_000, head: 400, max: 4 }, large);
    for (let count = 0; count < 4; count++) {
      const silent = await connectTo();
      silent.socket.pause();
      silent.write(get());
    }
    await sleep(LONG);

    const clients = await Promise.all(Array.from({ length: 4 }, connectTo));

    for (const client of clients) client.write(get());
    await Promise.all(clients.map((client) => client.says("200 OK")));
  });

  it("is left alone while it takes a large answer, however slowly", async () => {
    // A machine that is out of breath for a moment makes no client that takes nothing.
    const client = await (await watched({ body: 500 }, large))();
    client.socket.pause();
    const from = Date.now();
    const steps = setInterval(() => client.socket.read(300_000), 20);
    atEnd(() => clearInterval(steps));
    client.write(get());

    await until("much longer than the limit has gone", () => Date.now() - from > 1_500);
    clearInterval(steps);
    client.socket.resume();

    await client.takes(() => client.said.length > LARGE.length);
  }, 60_000);

  it("is left alone while its answer is a stream", async () => {
    let more: (() => void) | undefined;
    const stream: RequestListener = (_request, response) => {
      response.write(LARGE);
      more = () => response.end("the end");
    };
    const client = await (await watched({}, stream))();
    client.socket.pause();
    client.write(get());
    await sleep(LONG);

    client.socket.resume();
    more?.();

    await client.takes(() => client.tail.includes("the end"));
  }, 60_000);
});

describe("a connection is left alone", () => {
  it("while its request waits for an answer", async () => {
    const held: RequestListener = (_request, response) =>
      void setTimeout(() => response.end("at last"), LONG);
    const client = await (await watched({}, held))();
    client.write(`${post(2)}{}`);

    await client.says("at last");
  });

  it("while its body moves, however slowly", async () => {
    const client = await (await watched())();
    client.write(post(12));
    for (let sent = 0; sent < 12; sent++) {
      client.write("x");
      await sleep(LONG / 12);
    }

    await client.says("heard xxxxxxxxxxxx");
  });

  it("while nobody takes its body", async () => {
    const late: RequestListener = (request, response) =>
      void setTimeout(() => echo(request, response), LONG);
    const client = await (await watched({}, late))();
    client.write(post(4_000_000));
    client.write("x".repeat(4_000_000));

    await client.says("heard xxx");
  });

  it("in the pause after a request whose body was refused", async () => {
    const refuse: RequestListener = (_request, response) => void response.writeHead(401).end();
    const client = await (await watched({}, refuse))();
    client.write(`${post(4)}x`);
    await client.says("401");
    client.write("xxx");
    await sleep(LONG);
    client.said = "";

    client.write(get());

    await client.says("401");
  });

  it("in the pause between two requests", async () => {
    const client = await (await watched())();
    client.write(get());
    await client.says("heard");
    await sleep(LONG);
    client.said = "";

    client.write(get());

    await client.says("heard");
  });

  it("once it is something else", async () => {
    const client = await (await watched())();
    client.write("GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n");

    await sleep(LONG);

    expect(client.over).toBe(false);
  });
});

it("makes room for one that asks, among many that do not", async () => {
  const connectTo = await watched({ head: 60_000, max: 20 });
  const silent = await Promise.all(Array.from({ length: 60 }, connectTo));

  const client = await connectTo();
  client.write(get());

  await client.says("heard");
  await until("the longest have gone", () => silent.filter(({ over }) => over).length >= 40);
});
