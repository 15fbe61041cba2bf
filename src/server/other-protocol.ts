import type { IncomingMessage, Server } from "node:http";

/** Headers that belong to the offer alone. */
const OF_THE_OFFER = new Set(["upgrade", "http2-settings"]);
/** A connection is read anew so often: each time Node hangs more listeners on it. Clients that are known offer once. */
const MOST_OFFERS = 8;
const offers = new WeakMap<object, number>();

/** The request asks for a WebSocket; anything else that it may offer is not spoken here. */
export function wantsWebSocket(request: IncomingMessage): boolean {
  return (request.headers.upgrade ?? "")
    .split(",")
    .some((word) => word.trim().toLowerCase() === "websocket");
}

/**
 * Takes a request as if it offered no other protocol, which a server may do with any such offer. Java's HTTP client makes one with its
 * first request (`Upgrade: h2c`), a body behind it. Node (20 to 24) gives each of them to whoever listens for upgrades, with the
 * connection and what came of the body: the request is put back without the offer, and read anew. One that goes on offering is ended.
 */
export function withoutOffer(server: Server, request: IncomingMessage, head: Buffer): void {
  const { socket, method, url, httpVersion, rawHeaders } = request;
  const made = (offers.get(socket) ?? 0) + 1;
  offers.set(socket, made);
  if (made > MOST_OFFERS) return void socket.destroy();
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const [name = "", value = ""] = rawHeaders.slice(at, at + 2);
    if (OF_THE_OFFER.has(name.toLowerCase())) continue;
    const kept = name.toLowerCase() === "connection" ? withoutWords(value) : value;
    if (kept !== "") lines.push(`${name}: ${kept}`);
  }
  // Node reads the bytes of a head as this.
  const again = Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
  socket.unshift(Buffer.concat([again, head]));
  server.emit("connection", socket);
}

/** What `Connection` says beside the offer. */
function withoutWords(value: string): string {
  return value
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "" && !OF_THE_OFFER.has(word.toLowerCase()))
    .join(", ");
}
