import { Agent, type ClientRequestArgs, request } from "node:http";
import { connect, type NetConnectOpts } from "node:net";
import { type Duplex, PassThrough } from "node:stream";
import { randomSecret, sameSecret } from "../../kit/secrets.ts";
import { H2mError } from "../../errors.ts";
import { reachable, urlHost } from "../../server/address.ts";
import type { AskOptions, RunningH2m } from "../../types/command.ts";
import { CHALLENGE_HEADER, type Ends, endsOf, PROOF_HEADER, proverOf } from "../../server/proof.ts";

/** How long it may think, in ms: a config is a program. */
const PATIENCE = 60_000;
/** Most bytes of an answer. */
const MOST = 1_000_000;

export interface PostOptions extends Pick<AskOptions, "onText" | "signal"> {
  /** Beside its content and the token. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Milliseconds for the answer, or between two words of it for `onText`. @default 60_000 */
  readonly patience?: number;
  /** Most bytes of the answer. @default 1_000_000 */
  readonly most?: number;
}

interface ServerReply {
  readonly status: number;
  readonly text: string;
  readonly proof: string | undefined;
  readonly ends: Ends;
}

/**
 * All requests of an errand go over one connection: what it has shown at its other end holds for no second one. It is no global
 * agent either, which may lead through a proxy of the environment.
 */
class OneConnection extends Agent {
  #made = false;

  constructor() {
    super({ keepAlive: true, maxSockets: 1 });
  }

  override createConnection(
    options: ClientRequestArgs,
    told?: (error: Error | null, stream: Duplex) => void,
  ): Duplex | undefined {
    const socket = this.#made ? undefined : connect(options as NetConnectOpts);
    this.#made = true;
    if (!socket) told?.(new Error("it ended the connection"), new PassThrough());
    return socket;
  }
}

/** An h2m that listens on this machine or elsewhere, asked by the command line. */
export class RunningServer implements RunningH2m {
  readonly url: string;
  readonly #host: string;
  readonly #port: number;
  readonly #token: string | undefined;

  /** @throws H2mError `bad-usage` if the port is unknown */
  constructor(host: string, port: number, token: string | undefined) {
    if (port === 0)
      throw new H2mError(
        "bad-usage",
        "The port of the running server is not known: its config says 0.",
        {
          hint: "Name the one that it printed: `--port N`.",
        },
      );
    this.#host = reachable(host);
    this.#port = port;
    this.#token = token;
    this.url = `http://${urlHost(this.#host)}:${port}`;
  }

  /**
   * Sends JSON, and the token once whoever listens has shown that he knows it, over the very connection on which he has.
   * @throws H2mError `no-server` if nobody answers, `unauthorized` if somebody does who does not know the token, or who may not
   * be the one who does
   */
  post(path: string, body: object, options: PostOptions = {}): Promise<ServerReply> {
    return this.#request("POST", path, body, options);
  }

  /** As {@link post}, by any method. */
  ask(method: string, path: string, options: AskOptions = {}): Promise<ServerReply> {
    return this.#request(method, path, options.body, options);
  }

  async #request(
    method: string,
    path: string,
    body: object | undefined,
    options: Omit<PostOptions, "body">,
  ): Promise<ServerReply> {
    const connection = new OneConnection();
    const hangUp = () => connection.destroy();
    options.signal?.addEventListener("abort", hangUp, { once: true });
    try {
      options.signal?.throwIfAborted();
      if (this.#token !== undefined) await this.#mustKnow(this.#token, connection);
      const headers: Record<string, string> = {
        // A request with a method that changes something is refused without.
        ...(method === "POST" || body !== undefined ? { "content-type": "application/json" } : {}),
        ...options.headers,
      };
      if (this.#token !== undefined) headers["authorization"] = `Bearer ${this.#token}`;
      const text = body === undefined ? undefined : JSON.stringify(body);
      return await this.#ask(connection, method, path, headers, text, options);
    } finally {
      options.signal?.removeEventListener("abort", hangUp);
      connection.destroy();
    }
  }

  /** A port is anybody's who came first: another user's program would be handed the token. */
  async #mustKnow(token: string, connection: OneConnection): Promise<void> {
    const challenge = randomSecret();
    const asked = { [CHALLENGE_HEADER]: challenge };
    const { proof = "", ends } = await this.#ask(connection, "GET", "/health", asked);
    const [ofConnection = "", ofWord = ""] = proof.split(".");
    const wanted = await proverOf(token)(challenge, ends);
    if (sameSecret(ofConnection, wanted.connection)) return;
    if (sameSecret(ofWord, wanted.word)) throw this.#relayed(ends);
    throw new H2mError(
      "unauthorized",
      `What listens at ${this.url} does not know the token, so it was not told.`,
      {
        hint: "It is another program, or an h2m with another token: name that with `H2M_TOKEN` or `--token`, or start h2m anew.",
      },
    );
  }

  #ask(
    connection: OneConnection,
    method: string,
    path: string,
    headers: Record<string, string>,
    body?: string,
    { patience = PATIENCE, most = MOST, onText }: PostOptions = {},
  ): Promise<ServerReply> {
    return new Promise((resolve, reject) => {
      const place = { host: this.#host, port: this.#port, path };
      const asked = request({ method, headers, agent: connection, ...place }, (response) => {
        const ends = endsOf(response.socket, "client");
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (part: string) => {
          if (onText && response.statusCode === 200) {
            timer.refresh();
            return onText(part);
          }
          text += part;
          if (text.length > most) asked.destroy(new Error("its answer is too long"));
        });
        response.on("error", fail);
        response.on("end", () => {
          clearTimeout(timer);
          if (!ends) return fail(new Error("it ended the connection"));
          const proof = response.headers[PROOF_HEADER];
          resolve({
            status: response.statusCode ?? 0,
            text,
            proof: typeof proof === "string" ? proof : undefined,
            ends,
          });
        });
      });
      const fail = (cause: Error) => {
        clearTimeout(timer);
        reject(this.#silent(cause));
      };
      const late = () => asked.destroy(new Error(`no answer within ${patience / 1000} s`));
      const timer = setTimeout(late, patience);
      asked.on("error", fail);
      asked.end(body);
    });
  }

  #relayed({ server }: Ends): H2mError {
    return new H2mError(
      "unauthorized",
      `An h2m that knows the token answers at ${this.url}, but not at the other end of this connection (${server}): something passes it on, so the token was not told.`,
      {
        hint: "In a container, ask inside of it, or send it SIGHUP: `docker exec NAME h2m reload`, `docker kill -s HUP NAME`. Through a proxy or a tunnel, ask on the machine where it runs. Otherwise another program has taken this address: name the server's own with `--host`, such as `--host 127.0.0.1`.",
      },
    );
  }

  #silent(cause: Error): H2mError {
    return new H2mError("internal", `No h2m answers at ${this.url}: ${cause.message}.`, {
      hint: "Name the address of the running one with `--host` and `--port`, or start one.",
      cause,
    });
  }
}
