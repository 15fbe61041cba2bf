import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { garbageEvents, roughen } from "./noise.mjs";

/** An answer of the proxy's own. */
export interface Refusal {
  readonly status: number;
  readonly body?: string;
  readonly headers?: Record<string, string>;
}

/** What asks for a next step; a harness has other business too, such as telemetry. */
const LLM = /\/v1\/(messages|responses|chat\/completions)(\?|$)/;

const ROUGH_EVENTS = { end: "\n\n", garbage: garbageEvents };

/** Stands between a harness and h2m, and hands on what it likes. */
export class Proxy {
  /** Turns that the harness sent. */
  requests = 0;
  /** Turns whose answer has begun. */
  answered = 0;
  /** Answers that the proxy gives itself, one for each request; a single one under `always` for all. */
  readonly refusals: Refusal[] = [];
  always: Refusal | undefined;
  /** So many requests to come reach nobody, and are never answered. */
  swallows = 0;
  /** Nothing that h2m says reaches the harness any more; it is lost at the next `cut`. */
  deaf = false;
  /** Events go on in pieces, with garbage between them. */
  rough = false;
  /** What h2m said to a deaf one. */
  unheard = "";
  readonly #server = createServer((incoming, outgoing) => this.#serve(incoming, outgoing));
  readonly #sockets = new Set<Socket>();
  #port = 0;
  #upstream: URL | undefined;

  static async open(): Promise<Proxy> {
    const proxy = new Proxy();
    proxy.#server.on("connection", (socket) => {
      proxy.#sockets.add(socket);
      socket.on("close", () => proxy.#sockets.delete(socket));
      // It is cut in the middle of things.
      socket.on("error", () => {});
    });
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    proxy.#port = (proxy.#server.address() as AddressInfo).port;
    return proxy;
  }

  /** The origin that is to be told instead of this one. */
  inFrontOf(origin: string): string {
    this.#upstream = new URL(origin);
    return `http://127.0.0.1:${this.#port}${this.#upstream.pathname}`;
  }

  /** Breaks every connection. */
  cut(): void {
    for (const socket of this.#sockets) {
      // Node 20 never closes one that is reset in the middle of its end.
      if (socket.writableEnded) socket.destroy();
      else socket.resetAndDestroy();
    }
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #serve(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const asks = incoming.method === "POST" && LLM.test(incoming.url ?? "");
    if (asks) this.requests++;
    const refusal = asks ? (this.refusals.shift() ?? this.always) : undefined;
    if (refusal) {
      incoming.resume();
      outgoing.writeHead(refusal.status, refusal.headers).end(refusal.body);
      return;
    }
    if (asks && this.swallows > 0) {
      this.swallows--;
      incoming.resume();
      return;
    }
    const { method, url: path, headers } = incoming;
    const { hostname, port } = this.#upstream!;
    const onward = request({ hostname, port, method, path, headers, agent: false });
    onward.on("response", (response) => {
      if (asks) this.answered++;
      outgoing.writeHead(response.statusCode ?? 502, response.headers);
      outgoing.flushHeaders();
      const events = /event-stream/.test(response.headers["content-type"] ?? "");
      const noisy = roughen((bytes) => outgoing.write(bytes), ROUGH_EVENTS);
      response.on("data", (chunk: Buffer) => {
        if (this.rough && events) noisy.hear(chunk);
        else if (this.deaf) this.unheard += chunk.toString("latin1");
        else outgoing.write(chunk);
      });
      response.on("end", () => void (this.deaf || outgoing.end()));
      response.on("error", () => outgoing.destroy());
    });
    onward.on("error", () => outgoing.destroy());
    outgoing.on("close", () => onward.destroy());
    incoming.pipe(onward);
  }
}
