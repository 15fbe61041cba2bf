import { Agent, request } from "node:http";

const LEGACY = "2025-11-25";
const MODERN = "2026-07-28";
const ME = { name: "bench", version: "1" };

/** POSTs JSON over connections that are kept: the same code for h2m and for the plain relay it is compared with. */
export class Poster {
  #agent = new Agent({ keepAlive: true, maxSockets: 128 });
  #url;
  #headers;

  constructor(url, headers = {}) {
    this.#url = new URL(url);
    this.#headers = headers;
  }

  post(body, headers, method = "POST") {
    const text = Buffer.from(JSON.stringify(body) ?? "");
    return new Promise((resolve, reject) => {
      const sent = request(this.#url, {
        agent: this.#agent,
        method,
        headers: {
          "content-type": "application/json",
          "content-length": text.length,
          ...this.#headers,
          ...headers,
        },
      });
      sent.on("error", reject);
      sent.on("response", (response) => {
        const chunks = [];
        response.on("data", (chunk) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => resolve({ response, text: Buffer.concat(chunks).toString() }));
      });
      sent.end(text);
    });
  }

  close() {
    this.#agent.destroy();
  }
}

/** The limit: a plain relay that asks a second plain server for the text. */
export class PlainClient {
  #poster;
  #next = 1;

  constructor(url) {
    this.#poster = new Poster(url);
  }

  async call(bytes) {
    const mark = this.#next++;
    const { text } = await this.#poster.post(callBody(mark, bytes));
    checked(JSON.parse(text), mark, bytes);
  }

  close() {
    this.#poster.close();
  }
}

/** A raw MCP client: JSON-RPC over HTTP with as little time of its own as Node allows. */
export class McpClient {
  #poster;
  #headers = {};
  #meta;
  #next = 1;

  constructor(url, token) {
    this.#poster = new Poster(url, {
      accept: "application/json, text/event-stream",
      authorization: `Bearer ${token}`,
    });
  }

  /** Opens a session of the 2025 era. */
  async initialize() {
    const params = { protocolVersion: LEGACY, capabilities: {}, clientInfo: ME };
    const { response } = await this.#rpc(0, "initialize", params);
    this.#headers = {
      "mcp-session-id": response.headers["mcp-session-id"],
      "mcp-protocol-version": LEGACY,
    };
    await this.#poster.post({ jsonrpc: "2.0", method: "notifications/initialized" }, this.#headers);
  }

  /** Speaks 2026-07-28, which has no sessions. */
  modern() {
    this.#headers = { "mcp-protocol-version": MODERN };
    this.#meta = {
      "io.modelcontextprotocol/protocolVersion": MODERN,
      "io.modelcontextprotocol/clientInfo": ME,
      "io.modelcontextprotocol/clientCapabilities": {},
    };
  }

  async list() {
    const { message } = await this.#rpc(0, "tools/list", {});
    return message.result.tools;
  }

  /** Calls a tool of a real harness; gives its result. */
  async tool(name, args) {
    const { message } = await this.#rpc(this.#next++, "tools/call", { name, arguments: args });
    return message.result;
  }

  /** Calls the fake harness's tool and checks that the answer is the one to this very call. */
  async call(bytes) {
    const mark = this.#next++;
    const { method, params } = callBody(mark, bytes);
    const { message } = await this.#rpc(mark, method, params);
    checked(message, mark, bytes);
  }

  /** Ends the session, and with it its harness. */
  async end() {
    await this.#poster.post(undefined, this.#headers, "DELETE");
    this.close();
  }

  close() {
    this.#poster.close();
  }

  async #rpc(id, method, params) {
    const headers = this.#meta
      ? {
          ...this.#headers,
          "mcp-method": method,
          ...(params.name ? { "mcp-name": params.name } : {}),
        }
      : this.#headers;
    const all = this.#meta ? { ...params, _meta: this.#meta } : params;
    const { response, text } = await this.#poster.post(
      { jsonrpc: "2.0", id, method, params: all },
      headers,
    );
    const message = response.headers["content-type"]?.startsWith("text/event-stream")
      ? lastEvent(text)
      : JSON.parse(text);
    if (message.error) throw new Error(`${method}: ${message.error.message}`);
    if (message.result === undefined)
      throw new Error(`${method}: HTTP ${response.statusCode} ${text}`);
    return { response, message };
  }
}

function callBody(mark, bytes) {
  const params = { name: "text", arguments: { mark, bytes } };
  return { jsonrpc: "2.0", id: mark, method: "tools/call", params };
}

function lastEvent(text) {
  const start = text.lastIndexOf("data: {");
  return JSON.parse(text.slice(start + 6, text.indexOf("\n", start)));
}

function checked(message, mark, bytes) {
  const { text } = message.result.content[0];
  if (message.id === mark && text.length === bytes && text.startsWith(`${mark} `)) return;
  throw new Error(`Call ${mark} got another answer: ${text.slice(0, 100)}`);
}
