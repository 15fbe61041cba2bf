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
    120_000 + MESSAGES * 20,
  );
});

/** A message on a connection that is open, or on a new one. */
async function send(random: Random, known: Known): Promise<string | undefined> {
  if (random.chance(0.05)) return lawful(random, known);
  if (random.chance(0.15) || open.size === 0) {
    const fault = await knock(random, known);
    if (fault !== undefined || open.size === 0) return fault;
  }
  // One that is closing still stands here until it is closed, and hears nothing.
  const hearing = [...open].filter((each) => each.hears);
  const connection = random.pick(hearing.length > 0 ? hearing : [...open]);
  connection.throw(random);
  const roll = random.next();
  if (roll < 0.1) connection.leave(random);
  else if (roll < 0.2 && !(await connection.lives())) return `no pong within ${PATIENCE} ms`;
  // An answer may come while the next messages are on their way: nobody waits for it here.
  await sleep(2);
  if (connection.closed) open.delete(connection);
  return connection.fault(known);
}

/** A turn as it should be, on a connection of its own, is answered whatever the others do meanwhile. */
async function lawful(random: Random, known: Known): Promise<string | undefined> {
  const headers = { authorization: `Bearer ${ATTACH_KEY}.n${random.below(4)}` };
  const socket = new WebSocket(`ws://${world.hijackUrl.host}/harness_to_mcp/v1/responses`, {
    headers,
    handshakeTimeout: PATIENCE,
  });
  const connection = new Connection(socket);
  const signal = AbortSignal.timeout(PATIENCE);
  try {
    await once(socket, "open", { signal });
    const answered = once(socket, "message", { signal });
    connection.say(JSON.stringify({ type: "response.create", ...turn("responses", random) }));
    const [first] = await answered;
    if (statusIn(String(first)) !== 200) return `a lawful turn was refused: ${first}`;
    return connection.fault(known);
  } catch (error) {
    return `a lawful turn was not answered: ${String(error)}`;
  } finally {
    connection.leave();
  }
}

function rest(known?: Known): string | undefined {
  const faults = known && [...open].map((connection) => connection.fault(known));
  for (const connection of open) connection.leave();
  open.clear();
  return faults?.find((fault) => fault !== undefined);
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
  /** What came since the last look. */
  #said: string[] = [];
  /** A frame that lies about its length swallows what follows it: no pong can be asked for. */
  #broken = false;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    // Such as a frame of ours that was refused: the close that follows is what counts.
    socket.on("error", () => {});
    // Many messages at once wait for a pong.
    socket.setMaxListeners(0);
    socket.on("message", (data) => {
      const text = String(data);
      this.#said.push(text);
      learn(text);
      // What else comes belongs to an answer that is counted already.
      const status = statusIn(text);
      if (status !== undefined) count(tally, status);
    });
  }

  get closed(): boolean {
    return this.#socket.readyState === WebSocket.CLOSED;
  }

  /** What is sent now may be answered. */
  get hears(): boolean {
    return this.#socket.readyState === WebSocket.OPEN && !this.#broken;
  }

  /** Sends a message, whole or broken, or bytes that are no frame. */
  throw(random: Random): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    const lawful = { type: "response.create", ...turn("responses", random) };
    const text = mutated(lawful, random, random.pick([0, 0, 0, 1, 1, 1, 2, 5]));
    const roll = random.next();
    if (roll < 0.75) this.say(text);
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

  say(text: string): void {
    this.#socket.send(text);
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

  /** What is wrong with what came since the last look, or `undefined`. */
  fault({ secrets }: Known): string | undefined {
    const faults = this.#said.map((body) =>
      faultOf({ status: statusIn(body) ?? 200, headers: {}, body }, secrets),
    );
    this.#said = [];
    return faults.find((fault) => fault !== undefined);
  }

  #fragments(text: string, random: Random): void {
    const middle = random.below(text.length);
    this.#socket.send(text.slice(0, middle), { fin: false });
    this.#socket.send(text.slice(middle), { fin: !random.chance(0.2) });
  }
}

/** The status of an answer, by its first event; `undefined` for what follows it. */
function statusIn(text: string): number | undefined {
  if (text.startsWith('{"type":"response.created"')) return 200;
  // An event of its own kind tells the status in words.
  const status = /"type":"error","status":(\d+)/.exec(text)?.[1];
  return status === undefined ? undefined : Number(status);
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
