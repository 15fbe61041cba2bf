import { Agent, type IncomingMessage, request as httpRequest } from "node:http";
import { text as textOf } from "node:stream/consumers";
import { H2mError, startOf } from "../../src/plugin.ts";

/** A new folder costs OpenCode a second or more of work, and the machine may be busy. In ms. */
export const DEADLINE = 20_000;

/** The first session waits for the plugins that the user's settings name, which OpenCode may have to fetch. In ms. */
export const SESSION_DEADLINE = 120_000;

/** The query that names the folder a request is about. */
export function inFolder(folder: string): string {
  return `?directory=${encodeURIComponent(folder)}`;
}

/** How to reach a running `opencode serve`. */
export interface ServerAddress {
  /** See `ownPort`. */
  readonly port: Promise<number>;
  readonly password: string;
  /** Aborted when the server's process has ended. */
  readonly exited: AbortSignal;
}

export interface ServerRequest {
  readonly method: "GET" | "POST" | "DELETE";
  /** With the query. */
  readonly path: string;
  readonly body?: object;
  /** Milliseconds until the answer must have begun. */
  readonly deadline: number;
}

/** The HTTP API of a running `opencode serve`. */
export class OpencodeServer {
  readonly #address: ServerAddress;
  /** Of its own: the global one, and `fetch`, go through the user's proxy where Node is told to (`NODE_USE_ENV_PROXY`, Node 24). */
  readonly #agent = new Agent();
  readonly #authorization: string;

  constructor(address: ServerAddress) {
    this.#address = address;
    this.#authorization = `Basic ${Buffer.from(`opencode:${address.password}`).toString("base64")}`;
  }

  /** Waits until the server answers; the time is the caller's business. */
  async ready(): Promise<void> {
    const { port, exited } = this.#address;
    await port;
    for (;;) {
      exited.throwIfAborted();
      try {
        // A request that comes right after the server listens may hang for ever (1.18.33).
        return void (await this.send({ method: "GET", path: "/global/health", deadline: 500 }));
      } catch (error) {
        if (error instanceof H2mError && error.code === "unauthorized") throw error;
        await new Promise((resolve) => setTimeout(resolve, 40));
      }
    }
  }

  /** The JSON of an answer, or `undefined` if it has no body. @throws H2mError if the server refuses or is late */
  async send(request: ServerRequest): Promise<unknown> {
    const { exited } = this.#address;
    const control = new AbortController();
    const timer = setTimeout(() => control.abort(late(request)), request.deadline);
    const signal = AbortSignal.any([control.signal, exited]);
    try {
      const text = await textOf(await this.#ask(request, signal));
      return text === "" ? undefined : JSON.parse(text);
    } catch (error) {
      // The stream alone would say "aborted".
      throw signal.aborted ? signal.reason : error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** The body of an answer that does not end by itself. `signal` ends it. */
  async stream(request: ServerRequest, signal: AbortSignal): Promise<IncomingMessage> {
    const control = new AbortController();
    const timer = setTimeout(() => control.abort(late(request)), request.deadline);
    try {
      const signals = [control.signal, signal, this.#address.exited];
      return await this.#ask(request, AbortSignal.any(signals));
    } finally {
      clearTimeout(timer);
    }
  }

  async #ask(request: ServerRequest, signal: AbortSignal): Promise<IncomingMessage> {
    const response = await this.#send(request, await this.#address.port, signal);
    const status = response.statusCode ?? 0;
    if (status >= 200 && status < 300) return response;
    const said = startOf(await textOf(response), 500);
    throw new H2mError(
      status === 401 ? "unauthorized" : "internal",
      `OpenCode answered ${describe(request)} with ${status}: ${said}`,
    );
  }

  #send(
    { method, path, body }: ServerRequest,
    port: number,
    signal: AbortSignal,
  ): Promise<IncomingMessage> {
    const headers = {
      authorization: this.#authorization,
      ...(body ? { "content-type": "application/json" } : {}),
    };
    return new Promise((resolve, reject) => {
      const address = { host: "127.0.0.1", port, agent: this.#agent };
      const outgoing = httpRequest({ ...address, method, path, headers, signal }, (response) => {
        // Whoever reads it hears of its end; nobody may be reading when it breaks.
        response.on("error", () => {});
        resolve(response);
      });
      outgoing.on("error", (error) => reject(signal.aborted ? signal.reason : error));
      outgoing.end(body && JSON.stringify(body));
    });
  }
}

function late(request: ServerRequest): H2mError {
  return new H2mError(
    "timeout",
    `OpenCode did not answer ${describe(request)} within ${request.deadline} ms.`,
  );
}

function describe({ method, path }: ServerRequest): string {
  return `${method} ${path.replace(/\?.*/, "")}`;
}
