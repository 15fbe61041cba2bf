import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";

export interface ConnectionLimits {
  /** Milliseconds for the head of a request, from the connection or from its first byte. */
  readonly head: number;
  /** Milliseconds in which nothing of a body may come, or nothing of a whole answer be taken; what moves, however slowly, goes on. */
  readonly body: number;
  /** Connections at once. Beyond this, one that asks nothing makes room for a new one. */
  readonly max: number;
}

interface Connection {
  /** Of the latest request. */
  request: IncomingMessage | undefined;
  response: ServerResponse | undefined;
  /** Whether the latest request has been seen in full. */
  whole: boolean;
  /** Answers that are not out, in the order of their requests: only the first one can go out. */
  readonly answers: Set<ServerResponse>;
  /** Bytes that had come at `since`, the time of the last movement in ms. */
  bytes: number;
  since: number;
  /** The same of what the client took. */
  taken: number;
  takenSince: number;
}

const TOO_LATE = "HTTP/1.1 408 Request Timeout\r\nconnection: close\r\n\r\n";
/** Milliseconds between two looks, at most. */
const LOOK = 1_000;

/**
 * Sees to it that nobody holds a connection without asking for anything: Node's own limits are looked at every 30 s only, do
 * not know a slow body from a dead one, and end with the whole request. A request that has come in full may be answered late.
 * Connections that were upgraded are kept apart: the server does not know of them any more.
 */
export class Connections {
  readonly #limits: ConnectionLimits;
  readonly #asking = new Map<Socket, Connection>();
  /** Those that wait for a (next) request, the longest first. */
  readonly #waiting = new Set<Socket>();
  readonly #upgraded = new Set<Socket>();
  #timer: NodeJS.Timeout | undefined;
  readonly #pause: number;
  #lastLook = Date.now();

  constructor(limits: ConnectionLimits) {
    this.#limits = limits;
    this.#pause = Math.min(LOOK, limits.head / 4, limits.body / 4);
  }

  /** From now on. */
  watch(server: Server): void {
    const { head, max } = this.#limits;
    // Beyond ours: by then, not even one that asks nothing was there to make room.
    server.maxConnections = max + Math.ceil(max / 8);
    // Node's own looks come later than ours.
    server.headersTimeout = head * 2;
    server.requestTimeout = 0;
    server.on("connection", (socket) => this.#came(socket));
    server.prependListener("request", (request, response) => this.#asks(request, response));
    this.#timer = setInterval(() => this.#sweep(), this.#pause).unref();
  }

  /**
   * A connection becomes something else. Node has taken its own listener off: without one of ours an error of the socket, such
   * as a refusal that is written to one that was reset, would end the process.
   */
  upgrade(socket: Socket): void {
    socket.on("error", () => socket.destroy());
    this.#forget(socket);
    this.#upgraded.add(socket);
    socket.once("close", () => this.#upgraded.delete(socket));
  }

  /** Ends what was upgraded, and the watching. */
  close(): void {
    clearInterval(this.#timer);
    for (const socket of this.#upgraded) socket.destroy();
  }

  #came(socket: Socket): void {
    if (this.#asking.has(socket)) return;
    const since = Date.now();
    const connection = {
      request: undefined,
      response: undefined,
      whole: false,
      answers: new Set<ServerResponse>(),
      bytes: socket.bytesRead,
      since,
      taken: 0,
      takenSince: since,
    };
    this.#asking.set(socket, connection);
    this.#waiting.add(socket);
    socket.once("close", () => this.#forget(socket));
    if (this.#asking.size + this.#upgraded.size <= this.#limits.max) return;
    const [longest] = this.#waiting;
    longest?.destroy();
  }

  #forget(socket: Socket): void {
    this.#asking.delete(socket);
    this.#waiting.delete(socket);
  }

  #asks(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    this.#came(socket);
    const connection = this.#asking.get(socket) as Connection;
    this.#waiting.delete(socket);
    const { bytesRead: bytes } = socket;
    Object.assign(connection, { request, response, whole: false, since: Date.now(), bytes });
    connection.answers.add(response);
    response.once("close", () => {
      connection.answers.delete(response);
      if (connection.answers.size > 0 || !this.#asking.has(socket)) return;
      const whole = request.complete;
      Object.assign(connection, { since: Date.now(), bytes: socket.bytesRead, whole });
      this.#waiting.add(socket);
    });
  }

  #sweep(): void {
    const now = Date.now();
    // While our own process was held up, nobody's bytes were read.
    const held = now - this.#lastLook > 3 * this.#pause;
    this.#lastLook = now;
    for (const [socket, connection] of this.#asking) {
      const { request, answers } = connection;
      const moved = socket.bytesRead > connection.bytes;
      if (held) Object.assign(connection, { since: now, takenSince: now });
      if (this.#isLeft(socket, connection, now)) {
        socket.destroy();
        continue;
      }
      if (request && !request.complete) {
        // What is not taken out of a full buffer is not the client's fault.
        const full = request.readableLength >= request.readableHighWaterMark;
        if (moved || full) Object.assign(connection, { bytes: socket.bytesRead, since: now });
        else if (now - connection.since > this.#limits.body) end(socket, connection);
      } else if (request && !connection.whole) {
        // Also the rest of a body that was refused has come: what moves from now on is another head.
        Object.assign(connection, { bytes: socket.bytesRead, since: now, whole: true });
      } else if (answers.size > 0 || (request && !moved)) {
        // Between two requests, Node's `keepAliveTimeout` ends it.
        connection.since = now;
      } else if (now - connection.since > this.#limits.head) {
        end(socket, connection);
      }
    }
  }

  /**
   * Whether the client has left its answer lying for too long. One that is still being made, or that is a stream, may wait for
   * more; but a client that asks and asks and reads nothing would keep its connection for ever.
   */
  #isLeft(socket: Socket, connection: Connection, now: number): boolean {
    const [first] = connection.answers;
    const taken = takenOf(socket);
    if (!first?.writableEnded || taken !== connection.taken) {
      Object.assign(connection, { taken, takenSince: now });
      if (connection.answers.size > 0) this.#waiting.delete(socket);
      return false;
    }
    // Nothing is done for it any more: it may make room.
    if (now - connection.takenSince > 2 * this.#pause) this.#waiting.add(socket);
    return now - connection.takenSince > this.#limits.body;
  }
}

/** Bytes that the system has taken over from us: it takes more only as the client reads. */
function takenOf(socket: Socket): number {
  // Node 20 to 24 tell only here what is left of a write that is under way; without it, a large one would not seem to move.
  const { _handle: handle } = socket as { _handle?: { writeQueueSize?: number } | null };
  const left = handle?.writeQueueSize ?? 0;
  return socket.bytesWritten - socket.writableLength - left;
}

/** A client that has begun hears why. */
function end(socket: Socket, { response }: Connection): void {
  const begun = response?.headersSent && !response.writableFinished;
  if (begun || socket.bytesRead === 0) return void socket.destroy();
  socket.write(TOO_LATE);
  // Not `end`: a client that keeps its half open would keep the connection.
  socket.destroySoon();
}
