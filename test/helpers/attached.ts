import { WebSocket } from "ws";
import type { H2m } from "../../src/index.ts";
import {
  allTools,
  type ApiName,
  type Found,
  type HistoryItem,
  type SseEvent,
  sseReader,
  type WireCall,
  type WireResult,
  WIRES,
  type WireTool,
} from "../../src/testing.ts";
import { ATTACH_KEY, atEnd } from "./server.ts";
import { until } from "./until.ts";

export interface AttachedOptions {
  /** @default "messages" */
  api?: ApiName;
  /** @default the attach key of the test server */
  key?: string;
  headers?: Record<string, string>;
  tools?: readonly WireTool[];
  /** The first user text: it makes the conversation. */
  prompt?: string;
}

export interface TurnOptions {
  tools?: readonly WireTool[];
  history?: readonly HistoryItem[];
  stream?: boolean;
  headers?: Record<string, string>;
  system?: string;
}

/** A harness played by the test itself: it sends what the test says, when the test says so. */
export function attached(h2m: H2m, options: AttachedOptions = {}): Attached {
  return new Attached(h2m, options);
}

export class Attached {
  readonly #h2m: H2m;
  readonly #options: AttachedOptions;
  readonly history: HistoryItem[];

  constructor(h2m: H2m, options: AttachedOptions) {
    this.#h2m = h2m;
    this.#options = options;
    this.history = [{ user: options.prompt ?? "Begin." }];
  }

  get wire(): (typeof WIRES)[ApiName] {
    return WIRES[this.#options.api ?? "messages"];
  }

  body(turn: TurnOptions = {}): Record<string, unknown> {
    return this.wire.request({
      history: turn.history ?? this.history,
      tools: turn.tools ?? this.#options.tools ?? allTools(),
      stream: turn.stream ?? true,
      system: turn.system ?? "Be a harness.",
    });
  }

  headers(more: Record<string, string> = {}): Record<string, string> {
    const key = this.#options.key ?? ATTACH_KEY;
    return { ...this.wire.keyHeader(key), ...this.#options.headers, ...more };
  }

  /** Any request to this API's route. */
  post(
    body: string,
    headers: Record<string, string> = {},
    signal?: AbortSignal,
  ): Promise<Response> {
    return fetch(this.#h2m.hijackUrl + this.wire.path, {
      method: "POST",
      headers: { "content-type": "application/json", ...this.headers(), ...headers },
      body,
      ...(signal ? { signal } : {}),
    });
  }

  /** Sends a turn; it resolves when the server has begun to answer (without `stream`: at once). */
  async turn(turn: TurnOptions = {}): Promise<Reply> {
    const reply = new Reply();
    atEnd(() => reply.leave());
    const coming = this.post(JSON.stringify(this.body(turn)), turn.headers, reply.signal);
    if (turn.stream === false) {
      reply.readWhole(coming, this.wire);
      return reply;
    }
    const response = await coming;
    if (!response.ok) throw new Error(`HTTP ${response.status}: ${await response.text()}`);
    reply.readStream(response, this.wire);
    return reply;
  }

  /** Sends the next turn: the calls of the last one with their results, in the order given. */
  next(
    results: readonly { call: WireCall; result: WireResult }[],
    turn: TurnOptions & { calls?: readonly WireCall[] } = {},
  ): Promise<Reply> {
    this.history.push({ calls: turn.calls ?? results.map(({ call }) => call) }, { results });
    return this.turn(turn);
  }

  /** A WebSocket on this API's route; `undefined` with the status if the server refuses. */
  socket(headers: Record<string, string> = {}): Promise<Socket> {
    const url = this.#h2m.hijackUrl.replace("http", "ws") + this.wire.path;
    const socket = new WebSocket(url, { headers: { ...this.headers(), ...headers } });
    atEnd(() => socket.terminate());
    return new Promise((resolve, reject) => {
      socket.once("open", () => resolve(new Socket(socket, this.wire)));
      socket.once("error", reject);
    });
  }
}

/** A reply as it comes in. */
export class Reply {
  readonly events: SseEvent[] = [];
  readonly calls: WireCall[] = [];
  /** Set once the reply has ended. */
  end: Extract<Found, { type: "end" }> | undefined;
  /** The connection is gone. */
  over = false;
  counted = 0;
  readonly #control = new AbortController();

  get signal(): AbortSignal {
    return this.#control.signal;
  }

  /** Hangs up. */
  leave(): void {
    this.#control.abort();
  }

  /** The first `count` calls, as soon as they are there. */
  async expectCalls(count = 1): Promise<WireCall[]> {
    await until(
      `${count} calls (there are ${this.calls.length})`,
      () => this.calls.length >= count,
    );
    return this.calls;
  }

  async expectCall(): Promise<WireCall> {
    const [call] = await this.expectCalls(1);
    return call as WireCall;
  }

  async expectEnd(): Promise<Extract<Found, { type: "end" }>> {
    return until("the end of the reply", () => this.end);
  }

  take({ counted, found }: { counted: boolean; found: Found[] }): void {
    if (counted) this.counted++;
    for (const each of found) {
      if (each.type === "call") this.calls.push(each.call);
      else this.end = each;
    }
  }

  readStream(response: Response, wire: Attached["wire"]): void {
    const split = sseReader();
    const read = wire.reader();
    const decoder = new TextDecoder();
    const readAll = async () => {
      for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
        for (const event of split(decoder.decode(chunk, { stream: true }))) {
          this.events.push(event);
          this.take(read(event));
        }
      }
    };
    // Leaving in the middle is a way to end a test.
    void readAll()
      .catch(() => {})
      .finally(() => (this.over = true));
  }

  readWhole(coming: Promise<Response>, wire: Attached["wire"]): void {
    const readAll = async () => {
      const { calls, text, error } = wire.whole(await (await coming).json());
      this.calls.push(...calls);
      this.end = { type: "end", text, ...(error === undefined ? {} : { error }) };
    };
    void readAll()
      .catch(() => {})
      .finally(() => (this.over = true));
  }
}

/** A WebSocket of the responses API: each message a request. */
export class Socket {
  readonly #socket: WebSocket;
  readonly #wire: Attached["wire"];
  #reply: Reply | undefined;
  #read: ReturnType<Attached["wire"]["reader"]> | undefined;

  constructor(socket: WebSocket, wire: Attached["wire"]) {
    this.#socket = socket;
    this.#wire = wire;
    socket.on("message", (data) => {
      const event = { data: String(data) };
      this.#reply?.events.push(event);
      const found = this.#read?.(event);
      if (found) this.#reply?.take(found);
    });
  }

  send(body: Record<string, unknown>): Reply {
    this.#reply = new Reply();
    this.#read = this.#wire.reader();
    this.#socket.send(JSON.stringify({ type: "response.create", ...body }));
    return this.#reply;
  }

  raw(text: string): Reply {
    this.#reply = new Reply();
    this.#read = () => ({ counted: true, found: [] });
    this.#socket.send(text);
    return this.#reply;
  }

  close(): void {
    this.#socket.close();
  }

  get closed(): boolean {
    return this.#socket.readyState === this.#socket.CLOSED;
  }
}

/** Text of a result, for `next`. */
export function told(
  call: WireCall,
  text: string,
  isError = false,
): { call: WireCall; result: WireResult } {
  return { call, result: { content: [{ type: "text", text }], ...(isError ? { isError } : {}) } };
}
