import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

export interface UpgradeAttack {
  readonly port: number;
  /** @default "127.0.0.1" */
  readonly host?: string;
  /** How many upgrades are asked for. */
  readonly count: number;
  /** How many at once. @default 32 */
  readonly parallel?: number;
}

export interface UpgradeHarvest {
  readonly sent: number;
  /** Those that heard a refusal before they were closed. */
  readonly refused: number;
  /** Those that were let in, or could not connect: an attack that means nothing. */
  readonly odd: readonly string[];
}

/** What makes a server refuse an upgrade: no token, no key, a foreign page, a foreign name, a host that is none, no such place. */
const REFUSED: readonly (readonly [path: string, headers: Record<string, string>])[] = [
  ["/mcp", {}],
  ["/harness_to_mcp/v1/responses", {}],
  ["/mcp", { origin: "https://evil.example" }],
  ["/mcp", { host: "evil.example" }],
  ["/mcp", { host: "[::1" }],
  ["/nowhere", {}],
];

/** When, and how, the client leaves. Each resolves when it has left; the server may still be about to write. */
const LEAVING: readonly ((socket: Socket, head: string) => Promise<unknown> | void)[] = [
  (socket, head) => {
    socket.write(head);
    socket.resetAndDestroy();
  },
  (socket, head) => {
    socket.write(head);
    socket.destroy();
  },
  (socket, head) => written(socket, head).then(() => socket.resetAndDestroy()),
  (socket, head) => written(socket, head).then(() => socket.destroy()),
  async (socket, head) => {
    await written(socket, head);
    await sleep(Math.random() * 3);
    socket.resetAndDestroy();
  },
  async (socket, head) => {
    await written(socket, head.slice(0, head.length / 2));
    socket.write(head.slice(head.length / 2));
    setImmediate(() => socket.resetAndDestroy());
  },
  // The server has bytes of ours left when it closes: its answer to them is a reset.
  async (socket, head) => {
    await written(socket, `${head}${"\u0001".repeat(70_000)}`);
    socket.resetAndDestroy();
  },
  async (socket, head) => {
    socket.write(head);
    await answered(socket);
    socket.resetAndDestroy();
  },
  async (socket, head) => {
    socket.end(head);
    await answered(socket);
    socket.destroy();
  },
  // Half open: it reads on and never ends its own side.
  async (socket, head) => {
    socket.write(head);
    await answered(socket);
    await sleep(5);
    socket.write("more");
    await sleep(5);
    socket.resetAndDestroy();
  },
  // Never reads.
  async (socket, head) => {
    socket.pause();
    await written(socket, head);
    await sleep(2);
    socket.resetAndDestroy();
  },
];

/** Asks for upgrades that are refused, and leaves at every moment and in every way. Resolves when all have left. */
export async function attackUpgrades(attack: UpgradeAttack): Promise<UpgradeHarvest> {
  const { port, host = "127.0.0.1", count, parallel = 32 } = attack;
  const odd = new Set<string>();
  let refused = 0;
  let next = 0;
  const one = async (turn: number) => {
    const [path, headers] = at(REFUSED, turn);
    const leave = at(LEAVING, Math.floor(turn / REFUSED.length));
    const socket = connect({ host, port, allowHalfOpen: true });
    // A reset by the server is an answer too.
    socket.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ECONNREFUSED") odd.add("nobody listens");
    });
    let said = "";
    socket.on("data", (part) => (said += part.toString("latin1")));
    await once(socket, ["connect", "close"]);
    await leave(socket, headOf(path, { host: `127.0.0.1:${port}`, ...headers }));
    socket.destroy();
    if (/^HTTP\/1\.1 4\d\d /.test(said)) refused++;
    else if (said !== "") odd.add(said.slice(0, 40));
  };
  const worker = async () => {
    while (next < count && !odd.has("nobody listens")) await one(next++);
  };
  await Promise.all(Array.from({ length: parallel }, worker));
  return { sent: next, refused, odd: [...odd] };
}

function headOf(path: string, headers: Record<string, string>): string {
  const all = {
    ...headers,
    connection: "Upgrade",
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
  };
  const lines = Object.entries(all).map((line) => line.join(": "));
  return `GET ${path} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`;
}

function at<T>(list: readonly T[], place: number): T {
  return list[place % list.length] as T;
}

function written(socket: Socket, text: string): Promise<unknown> {
  return new Promise((resolve) => {
    socket.once("close", resolve);
    socket.write(text, resolve);
  });
}

/** Something came, or it is over. */
function answered(socket: Socket): Promise<unknown> {
  return Promise.race([once(socket, ["data", "close"]), sleep(2_000)]);
}

function once(socket: Socket, events: readonly string[]): Promise<unknown> {
  return new Promise((resolve) => {
    for (const event of events) socket.once(event, resolve);
  });
}
