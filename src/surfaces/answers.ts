import type {
  JSONRPCMessage,
  RequestId,
  WebStandardStreamableHTTPServerTransport,
} from "@modelcontextprotocol/server";
import { HTTPResponse } from "h3";
import { deferred } from "../kit/deadline.ts";

const STREAM = {
  "content-type": "text/event-stream",
  "cache-control": "no-cache, no-transform",
  "x-accel-buffering": "no",
};

/**
 * The answers of one MCP session over HTTP (2025 era) to bodies of one request each. The SDK (2.4) makes each of them a stream
 * before it knows what will be in it, which costs about a third of the CPU time of a call. Here the first message decides: the
 * answer itself goes out as plain JSON; what comes before it, such as progress or a question, makes a stream, and so does a
 * sign of life when nothing has come for so long as `heartbeat` says.
 */
export class Answers {
  readonly #transport: WebStandardStreamableHTTPServerTransport;
  readonly #waiting = new Map<RequestId, PendingAnswer>();

  readonly #heartbeat: number;

  /** `heartbeat`: milliseconds between signs of life on a connection whose answer is not there. */
  constructor(transport: WebStandardStreamableHTTPServerTransport, heartbeat: number) {
    this.#transport = transport;
    this.#heartbeat = heartbeat;
    const send = transport.send.bind(transport);
    transport.send = (message, options) => {
      const isAnswer = !("method" in message);
      const id = isAnswer ? message.id : options?.relatedRequestId;
      const answer = id === undefined ? undefined : this.#waiting.get(id);
      if (id === undefined || !answer) return send(message, options);
      if (!isAnswer) answer.begins(message);
      else if (this.#waiting.delete(id)) answer.ends(message);
      return Promise.resolve();
    };
    const close = transport.close.bind(transport);
    transport.close = () => {
      for (const id of this.#waiting.keys()) this.drop(id);
      return close();
    };
  }

  /** What will be the answer to a request, and whether it is still to come. */
  to(id: RequestId): { response: Promise<Response | HTTPResponse>; waits: () => boolean } {
    const { sessionId } = this.#transport;
    const headers: Record<string, string> =
      sessionId === undefined ? {} : { "mcp-session-id": sessionId };
    const { promise, resolve } = deferred<Response | HTTPResponse>();
    const answer = new PendingAnswer(headers, this.#heartbeat, resolve);
    this.#waiting.set(id, answer);
    // Once it is given, the id may be another's.
    return { response: promise, waits: () => this.#waiting.get(id) === answer };
  }

  /** The connection of a request ends without an answer. Tells whether there was one. */
  drop(id: RequestId): boolean {
    const answer = this.#waiting.get(id);
    this.#waiting.delete(id);
    answer?.ends();
    return answer !== undefined;
  }
}

const utf8 = new TextEncoder();

class PendingAnswer {
  readonly #headers: Readonly<Record<string, string>>;
  readonly #resolve: (response: Response | HTTPResponse) => void;
  readonly #timer: NodeJS.Timeout;
  #stream: ReadableStreamDefaultController<Uint8Array> | undefined;
  /** Nobody reads the stream any more. */
  #left = false;

  constructor(
    headers: Readonly<Record<string, string>>,
    heartbeat: number,
    resolve: (response: Response | HTTPResponse) => void,
  ) {
    this.#headers = headers;
    this.#resolve = resolve;
    this.#timer = setInterval(() => this.#write(": keepalive\n\n"), heartbeat);
  }

  /** Something comes before the answer. */
  begins(message: JSONRPCMessage): void {
    this.#write(eventOf(message));
  }

  /** The answer, or none: then the connection ends. */
  ends(message?: JSONRPCMessage): void {
    clearInterval(this.#timer);
    try {
      if (message) return this.#last(message);
    } catch (error) {
      // A plugin's result that is no JSON: nobody waits for it any longer.
      this.ends();
      throw error;
    }
    this.#write("");
    if (!this.#left) this.#stream?.close();
  }

  #last(message: JSONRPCMessage): void {
    if (!this.#stream) {
      const headers = { "content-type": "application/json", ...this.#headers };
      return this.#resolve(new HTTPResponse(bodyOf(message), { headers }));
    }
    this.#write(eventOf(message));
    if (!this.#left) this.#stream?.close();
  }

  #write(text: string): void {
    this.#stream ??= this.#opened();
    if (!this.#left && text !== "") this.#stream.enqueue(utf8.encode(text));
  }

  #opened(): ReadableStreamDefaultController<Uint8Array> {
    let stream!: ReadableStreamDefaultController<Uint8Array>;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        stream = controller;
      },
      cancel: () => {
        this.#left = true;
        clearInterval(this.#timer);
      },
    });
    this.#resolve(new Response(body, { headers: { ...STREAM, ...this.#headers } }));
    return stream;
  }
}

/** Characters from which a text goes out as bytes: Node would join it to the head, and make room for three bytes of each. */
const LARGE = 16_384;

function bodyOf(message: JSONRPCMessage): string | Uint8Array<ArrayBuffer> {
  const text = JSON.stringify(message);
  return text.length < LARGE ? text : Buffer.from(text);
}

function eventOf(message: JSONRPCMessage): string {
  return `event: message\ndata: ${JSON.stringify(message)}\n\n`;
}
