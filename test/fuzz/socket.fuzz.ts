import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { count, type Door, flood, type Known, MESSAGES, stillServes } from "./flood.ts";
import { PATIENCE, strange } from "./http.ts";
import { type Answer, faultOf } from "./judge.ts";
import { garbled, mutated } from "./mutate.ts";
import type { Random } from "./random.ts";
import { keyFor, learn, turn } from "./turns.ts";
import { ATTACH_KEY, TOKEN, World } from "./world.ts";

let world: World;
const open = new Set<Connection>();
const tally = new Map<string, number>();

beforeAll(async () => {
  world = await World.start();
});
afterAll(async () => {
  rest();
  expect(await world.close()).toBe(0);
});

describe("the WebSocket door", () => {
  it(
    "answers whatever comes, and stays as it was",
    async () => {
      const door: Door = { name: "socket", share: 0.2, rest, send, tally };
      await flood(door, world);
      await stillServes(world);
    },
    60_000 + MESSAGES * 10,
  );
});

/** A message on a connection that is open, or on a new one. */
async function send(random: Random, known: Known): Promise<string | undefined> {
  if (random.chance(0.15) || open.size === 0) {
    const fault = await knock(random, known);
    if (fault !== undefined || open.size === 0) return fault;
  }
  const connection = random.pick([...open]);
  connection.throw(random);
  const roll = random.next();
  if (roll < 0.1) connection.leave(random);
  else if (roll < 0.2 && !(await connection.lives())) return `no pong within ${PATIENCE} ms`;
  // Heartbeats come without end, an answer of its own as soon as it can.
  await connection.hears(30);
  const answer = connection.read();
  count(tally, answer.body === "" ? "nothing" : answer.status);
  const fault = faultOf(answer, known.secrets);
  if (connection.closed) open.delete(connection);
  return fault;
}

function rest(): void {
  for (const connection of open) connection.leave();
  open.clear();
}

/** Asks for a WebSocket: at its door or at another one, with headers as they should be or not. */
async function knock(random: Random, known: Known): Promise<string | undefined> {
  const lawful = { authorization: `Bearer ${keyFor(random, ATTACH_KEY, known.hostKeys)}` };
  const path = random.chance(0.9)
    ? "/harness_to_mcp/v1/responses"
    : random.pick(["/harness_to_mcp/v1/messages", "/mcp", "/mcp/fake/a", "/health", "/x", "//"]);
  const headers = path.startsWith("/mcp") ? { authorization: `Bearer ${TOKEN}` } : lawful;
  const socket = new WebSocket(`ws://${world.hijackUrl.host}${path}`, {
    headers: random.chance(0.15) ? strange(headers, random) : headers,
    handshakeTimeout: PATIENCE,
  });
  const answer = await new Promise<Answer | Error | undefined>((resolve) => {
    socket.once("open", () => resolve(undefined));
    socket.once("error", resolve);
    socket.once("unexpected-response", (request, response) => {
      resolve(refusal(response).finally(() => request.destroy()));
    });
  });
  // Whatever comes later is seen by `read`.
  socket.on("error", () => {});
  count(tally, answer instanceof Error ? "no upgrade" : `upgrade: ${answer?.status ?? 101}`);
  if (answer === undefined) return void open.add(new Connection(socket));
  if (!(answer instanceof Error)) return faultOf(answer, known.secrets);
  return answer.message.includes("timed out") ? `no answer to the upgrade of ${path}` : undefined;
}

async function refusal(response: IncomingMessage): Promise<Answer> {
  let body = "";
  response.on("data", (part: Buffer) => (body += part.toString("latin1")));
  // A stream that stays open is no refusal, but an answer too.
  const late = new Promise((resolve) => setTimeout(resolve, 200));
  await Promise.race([once(response, "close"), late]);
  return { status: response.statusCode ?? 0, headers: response.headers, body };
}

class Connection {
  readonly #socket: WebSocket;
  #said = "";
  /** A frame that lies about its length swallows what follows it: no pong can be asked for. */
  #broken = false;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (data) => {
      this.#said = (this.#said + String(data)).slice(-200_000);
    });
  }

  get closed(): boolean {
    return this.#socket.readyState === WebSocket.CLOSED;
  }

  /** Sends a message, whole or broken, or bytes that are no frame. */
  throw(random: Random): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    const lawful = { type: "response.create", ...turn("responses", random) };
    const text = mutated(lawful, random, random.pick([0, 0, 0, 1, 1, 1, 2, 5]));
    const roll = random.next();
    if (roll < 0.75) this.#socket.send(text);
    else if (roll < 0.83) this.#socket.send(garbled(text, random).toString("latin1"));
    else if (roll < 0.88) this.#socket.send(garbled(text, random), { binary: true });
    else if (roll < 0.91) this.#fragments(text, random);
    else if (roll < 0.94) this.#socket.ping(random.bytes(random.below(125)));
    else if (roll < 0.95) this.#socket.send(text + " ".repeat(4_000_000));
    else if (roll < 0.96) this.#socket.send("");
    else {
      raw(this.#socket).write(random.pick(brokenFrames(random)));
      this.#broken = true;
    }
  }

  leave(random?: Random): void {
    const way = random?.below(3) ?? 0;
    if (way === 0) this.#socket.terminate();
    else if (way === 1) this.#socket.close(1000, "flood");
    // Half a connection: we say no more, and listen on.
    else raw(this.#socket).end();
    // A close that nobody answers would keep the connection.
    if (way !== 0) setTimeout(() => this.#socket.terminate(), 500);
  }

  /** Whether the server still answers, or has closed. */
  async lives(): Promise<boolean> {
    if (this.#broken || this.#socket.readyState !== WebSocket.OPEN) return true;
    const signal = AbortSignal.timeout(PATIENCE);
    const answered = Promise.race([
      once(this.#socket, "pong", { signal }),
      once(this.#socket, "close", { signal }),
    ]);
    this.#socket.ping();
    return answered.then(
      () => true,
      () => false,
    );
  }

  /** Waits until something has come, but no longer than this. */
  async hears(ms: number): Promise<void> {
    const deadline = performance.now() + ms;
    while (this.#said === "" && !this.closed && performance.now() < deadline) await sleep(2);
  }

  /** What came since the last time. */
  read(): Answer {
    const body = this.#said;
    this.#said = "";
    learn(body);
    // An event of its own kind tells the status in words.
    const status = /"type":"error","status":(\d+)/.exec(body)?.[1];
    return { status: Number(status ?? 200), headers: {}, body };
  }

  #fragments(text: string, random: Random): void {
    const middle = random.below(text.length);
    this.#socket.send(text.slice(0, middle), { fin: false });
    this.#socket.send(text.slice(middle), { fin: !random.chance(0.2) });
  }
}

/** Bytes that break the protocol: no mask, reserved bits and opcodes, lengths that lie, no UTF-8. */
function brokenFrames(random: Random): Buffer[] {
  return [
    Buffer.from([0x81, 0x02, 0x7b, 0x7d]),
    Buffer.from([0xf1, 0x80, 0, 0, 0, 0]),
    Buffer.from([0x83, 0x80, 0, 0, 0, 0]),
    Buffer.from([0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]),
    Buffer.from([0x81, 0xfe, 0xff, 0xff, 0, 0, 0, 0, 1]),
    Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0xc3, 0x28]),
    Buffer.from([0x88, 0x81, 0, 0, 0, 0, 1]),
    Buffer.from([0x89, 0xfe, 0, 0x80, 0, 0, 0, 0]),
    Buffer.from([0x80, 0x80, 0, 0, 0, 0]),
    random.bytes(64),
  ];
}

/** The connection below the frames. */
function raw(socket: WebSocket): { write(bytes: Buffer): void; end(): void } {
  return (socket as unknown as { _socket: { write(bytes: Buffer): void; end(): void } })._socket;
}
