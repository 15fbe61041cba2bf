import {
  H2mError,
  type HostIo,
  type JsonObject,
  objectOf,
  parseObject,
  stringOf,
} from "../../src/plugin.ts";

interface Pending {
  resolve(result: JsonObject): void;
  reject(error: H2mError): void;
}

/** What hears the host. */
export interface RpcEars {
  onEvent(method: string, params: JsonObject): void;
  /** It asked for an answer, and got a refusal. */
  onQuestion(method: string, params: JsonObject): void;
}

/** JSON-RPC by lines with a running host: requests with a deadline, and what the host says by itself. */
export class Rpc {
  readonly #host: HostIo;
  readonly #pending = new Map<number, Pending>();
  readonly #ears: RpcEars;
  #lastId = 0;

  constructor(host: HostIo, ears: RpcEars) {
    this.#host = host;
    this.#ears = ears;
    host.onLine((line) => this.#hear(line));
    host.exited.addEventListener("abort", () => this.#failAll(), { once: true });
  }

  /** @throws H2mError `timeout` after `ms`, `harness-exited`, or `internal` if the host refuses */
  request(method: string, params: JsonObject, ms = 20_000): Promise<JsonObject> {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      const end = (act: () => void) => {
        clearTimeout(timer);
        this.#pending.delete(id);
        act();
      };
      const late = new H2mError("timeout", `\`${method}\` was not answered within ${ms} ms.`);
      const timer = setTimeout(() => end(() => reject(late)), ms);
      this.#pending.set(id, {
        resolve: (result) => end(() => resolve(result)),
        reject: (error) => end(() => reject(error)),
      });
      if (this.#host.exited.aborted) this.#failAll();
      else this.#send({ id, method, params });
    });
  }

  notify(method: string): void {
    this.#send({ method });
  }

  #send(message: JsonObject): void {
    this.#host.write(JSON.stringify({ jsonrpc: "2.0", ...message }));
  }

  #hear(line: string): void {
    const message = parseObject(line);
    if (!message) return;
    const { id, method, params } = message;
    if (typeof method !== "string") return this.#answered(message);
    const known = objectOf(params) ?? {};
    if (id === undefined) return this.#ears.onEvent(method, known);
    this.#ears.onQuestion(method, known);
    // An approval or a question: nobody is there to answer, and a request without an answer blocks a call. Codex 0.169
    // takes an error for a refusal: a command and a patch are not run, and an MCP server hears `decline`.
    this.#send({ id, error: { code: -32601, message: `h2m does not answer \`${method}\`.` } });
  }

  #answered({ id, result, error }: JsonObject): void {
    const pending = typeof id === "number" ? this.#pending.get(id) : undefined;
    if (!pending) return;
    if (error === undefined) return pending.resolve(objectOf(result) ?? {});
    const said = stringOf(objectOf(error)?.["message"]) ?? JSON.stringify(error);
    pending.reject(new H2mError("internal", `codex refused: ${said}`));
  }

  #failAll(): void {
    const error = H2mError.from(this.#host.exited.reason);
    for (const pending of this.#pending.values()) pending.reject(error);
  }
}
