import { request } from "node:http";
import { randomSecret, sameSecret } from "../core/keys.ts";
import { H2mError } from "../errors.ts";
import { reachable, urlHost } from "../server/address.ts";
import { CHALLENGE_HEADER, PROOF_HEADER, proverOf } from "../server/proof.ts";

/** How long it may think, in ms: a config is a program. */
const PATIENCE = 60_000;
/** Most bytes of an answer. */
const MOST = 1_000_000;

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly proof: string | undefined;
}

/** An h2m that listens on this machine or elsewhere, asked by the command line. */
export class RunningServer {
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
   * Sends JSON, and the token once whoever listens has shown that he knows it.
   * @throws H2mError `no-server` if nobody answers, `unauthorized` if somebody does who does not know the token
   */
  async post(path: string, body: object): Promise<Answer> {
    if (this.#token !== undefined) await this.#mustKnow(this.#token);
    const headers: Record<string, string> = { "content-type": "application/json" };
    if (this.#token !== undefined) headers["authorization"] = `Bearer ${this.#token}`;
    return this.#ask("POST", path, headers, JSON.stringify(body));
  }

  /** A port is anybody's who came first: another user's program would be handed the token. */
  async #mustKnow(token: string): Promise<void> {
    const challenge = randomSecret();
    const { proof } = await this.#ask("GET", "/health", { [CHALLENGE_HEADER]: challenge });
    const wanted = await proverOf(token)(challenge, this.#port);
    if (proof !== undefined && sameSecret(proof, wanted)) return;
    throw new H2mError(
      "unauthorized",
      `What listens at ${this.url} does not know the token, so it was not told.`,
      {
        hint: "It is another program, or an h2m with another token: name that with `H2M_TOKEN` or `--token`, or start h2m anew.",
      },
    );
  }

  #ask(
    method: string,
    path: string,
    headers: Record<string, string>,
    body?: string,
  ): Promise<Answer> {
    return new Promise((resolve, reject) => {
      // An agent of its own: the global one may lead through a proxy of the environment.
      const options = { method, headers, agent: false, host: this.#host, port: this.#port, path };
      const asked = request(options, (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (part: string) => {
          text += part;
          if (text.length > MOST) asked.destroy(new Error("its answer is too long"));
        });
        response.on("error", fail);
        response.on("end", () => {
          clearTimeout(timer);
          const proof = response.headers[PROOF_HEADER];
          resolve({
            status: response.statusCode ?? 0,
            text,
            proof: typeof proof === "string" ? proof : undefined,
          });
        });
      });
      const fail = (cause: Error) => {
        clearTimeout(timer);
        reject(this.#silent(cause));
      };
      const late = () => asked.destroy(new Error(`no answer within ${PATIENCE / 1000} s`));
      const timer = setTimeout(late, PATIENCE);
      asked.on("error", fail);
      asked.end(body);
    });
  }

  #silent(cause: Error): H2mError {
    return new H2mError("internal", `No h2m answers at ${this.url}: ${cause.message}.`, {
      hint: "Name the address of the running one with `--host` and `--port`, or start one.",
      cause,
    });
  }
}
