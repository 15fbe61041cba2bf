import { Agent, type ClientRequest, type IncomingMessage, request } from "node:http";
import { parseObject } from "../../src/plugin.ts";
import type { H2m } from "../../src/index.ts";
import { atEnd } from "../helpers/server.ts";
import { until } from "../helpers/until.ts";
import { patience } from "./scene.ts";

export type RawEra = "2025-11-25" | "2026-07-28";
export const RAW_ERAS: readonly RawEra[] = ["2025-11-25", "2026-07-28"];

/** An MCP client with sockets in its own hands: it can stop reading, and vanish as a killed process does. */
export class RawClient {
  readonly #url: URL;
  readonly #era: RawEra;
  readonly #headers: Record<string, string>;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #requests = new Set<ClientRequest>();
  #ids = 0;

  static async open(
    h2m: Pick<H2m, "mcpUrl" | "token">,
    era: RawEra,
    path = "",
    headers: Record<string, string> = {},
  ): Promise<RawClient> {
    const client = new RawClient(new URL(h2m.mcpUrl + path), era, h2m.token ?? "");
    Object.assign(client.#headers, headers);
    atEnd(() => client.vanish());
    if (era === "2026-07-28") return client;
    const hello = { protocolVersion: era, capabilities: {}, clientInfo };
    const answer = await client.#post({ id: 0, method: "initialize", params: hello }).ended();
    const id = answer.headers["mcp-session-id"];
    if (typeof id === "string") client.#headers["mcp-session-id"] = id;
    await client.#post({ method: "notifications/initialized" }).ended();
    return client;
  }

  private constructor(url: URL, era: RawEra, token: string) {
    this.#url = url;
    this.#era = era;
    this.#headers = {
      authorization: `Bearer ${token}`,
      accept: "application/json, text/event-stream",
      "content-type": "application/json",
      "mcp-protocol-version": era,
    };
  }

  /** Calls a tool; `progressToken` asks for signs of life. */
  call(name: string, args: Record<string, unknown>, progressToken?: string): Exchange {
    return this.callAs(++this.#ids, name, args, progressToken);
  }

  /** The same with an id of one's own. */
  callAs(
    id: number | string,
    name: string,
    args: Record<string, unknown>,
    progressToken?: string,
  ): Exchange {
    const meta = {
      ...(this.#era === "2026-07-28" ? MODERN_META : {}),
      ...(progressToken === undefined ? {} : { progressToken }),
    };
    const params = { name, arguments: args, _meta: meta };
    const headers = { "mcp-method": "tools/call", "mcp-name": name };
    return this.#post({ id, method: "tools/call", params }, headers);
  }

  /** The one text of a tool's result. */
  async text(name: string, args: Record<string, unknown> = {}): Promise<string> {
    const exchange = this.call(name, args);
    await exchange.ended();
    const [answer] = exchange.messages();
    const result = answer?.["result"] as { content: { text: string }[] } | undefined;
    if (!result) throw new Error(`No result: ${JSON.stringify(answer)}`);
    return result.content[0]?.text ?? "";
  }

  /** Says something that wants no answer. */
  tell(method: string, params: object = {}): Exchange {
    return this.#post({ method, params });
  }

  /** The client's own stream for what the server has to say. */
  listen(): Exchange {
    return this.#send("GET", {});
  }

  /** Every connection is gone at once, without a word. */
  vanish(): void {
    for (const sent of this.#requests) sent.destroy();
    this.#agent.destroy();
  }

  #post(message: object, headers: Record<string, string> = {}): Exchange {
    return this.#send("POST", headers, JSON.stringify({ jsonrpc: "2.0", ...message }));
  }

  #send(method: string, headers: Record<string, string>, body?: string): Exchange {
    const own = this.#era === "2026-07-28" ? headers : {};
    const sent = request(this.#url, {
      method,
      agent: this.#agent,
      headers: { ...this.#headers, ...own },
    });
    this.#requests.add(sent);
    sent.on("close", () => this.#requests.delete(sent));
    sent.end(body);
    return new Exchange(sent);
  }
}

const clientInfo = { name: "raw", version: "1" };
const MODERN_META = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientInfo": clientInfo,
  "io.modelcontextprotocol/clientCapabilities": {},
};

/** One request and what has come of its answer so far. */
export class Exchange {
  readonly #sent: ClientRequest;
  #response: IncomingMessage | undefined;
  #text = "";
  #over = false;
  /** When each message came, in ms. */
  readonly arrivals: number[] = [];

  constructor(sent: ClientRequest) {
    this.#sent = sent;
    sent.on("error", () => (this.#over = true));
    sent.on("response", (response) => {
      this.#response = response;
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        this.#text += chunk;
        const messages = chunk.split("data: {").length - 1;
        for (let count = 0; count < messages; count++) this.arrivals.push(performance.now());
      });
      response.on("close", () => (this.#over = true));
      response.on("error", () => {});
    });
  }

  /** Waits for the whole answer. */
  async ended(ms = 10_000): Promise<IncomingMessage> {
    await until("the answer", () => this.#over, ms * patience());
    if (!this.#response) throw new Error("There was no answer.");
    return this.#response;
  }

  /** The JSON-RPC messages that have come. */
  messages(): Record<string, unknown>[] {
    const lines = this.#text.startsWith("{") ? [this.#text] : this.#text.split("\n");
    return lines
      .map((line) => parseObject(line.replace(/^data: /, "")))
      .filter((message) => message !== undefined);
  }

  /** Waits for the head of the answer; gives its status. */
  async begun(): Promise<number> {
    const response = await until("an answer", () => this.#response, 10_000 * patience());
    return response.statusCode ?? 0;
  }

  /** Closes this one stream. */
  leave(): void {
    this.#sent.destroy();
  }

  /** Reads no more until `resume`. */
  pause(): void {
    this.#sent.socket?.pause();
    this.#sent.on("socket", (socket) => socket.pause());
  }

  resume(): void {
    this.#sent.socket?.resume();
  }
}
