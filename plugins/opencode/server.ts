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
  readonly port: number;
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
  readonly #authorization: string;

  constructor(address: ServerAddress) {
    this.#address = address;
    this.#authorization = `Basic ${Buffer.from(`opencode:${address.password}`).toString("base64")}`;
  }

  /** Waits until the server answers; the time is the caller's business. */
  async ready(): Promise<void> {
    const { exited } = this.#address;
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
    const control = new AbortController();
    const timer = setTimeout(() => control.abort(late(request)), request.deadline);
    try {
      const response = await this.#fetch(request, control.signal);
      const text = await response.text();
      return text === "" ? undefined : JSON.parse(text);
    } finally {
      clearTimeout(timer);
    }
  }

  /** The body of an answer that does not end by itself. `signal` ends it. */
  async stream(request: ServerRequest, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    const control = new AbortController();
    const timer = setTimeout(() => control.abort(late(request)), request.deadline);
    try {
      const { body } = await this.#fetch(request, AbortSignal.any([control.signal, signal]));
      if (body) return body;
      throw new H2mError("internal", `OpenCode answered ${describe(request)} without a body.`);
    } finally {
      clearTimeout(timer);
    }
  }

  async #fetch(request: ServerRequest, signal: AbortSignal): Promise<Response> {
    const { method, path, body } = request;
    const { port, exited } = this.#address;
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      headers: {
        authorization: this.#authorization,
        ...(body ? { "content-type": "application/json" } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
      signal: AbortSignal.any([signal, exited]),
    });
    if (response.ok) return response;
    const said = startOf(await response.text(), 500);
    throw new H2mError(
      response.status === 401 ? "unauthorized" : "internal",
      `OpenCode answered ${describe(request)} with ${response.status}: ${said}`,
    );
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
