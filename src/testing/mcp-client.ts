import { H2mError } from "../errors.ts";
import { arrayOf, objectOf, parseObject, stringOf } from "../kit/json.ts";
import type { CallToolResult, Tool } from "../types/mcp.ts";
import { sseReader } from "./wire.ts";

/** The least that an MCP client over HTTP can be, so that plugin authors need no other package to see their tools. */
export class McpClient {
  readonly #url: string;
  readonly #headers: Record<string, string>;
  #count = 0;

  private constructor(url: string, token: string) {
    this.#url = url;
    this.#headers = {
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
    };
  }

  /** Opens a session of its own. @throws Error if the server refuses */
  static async connect(url: string, token: string): Promise<McpClient> {
    const client = new McpClient(url, token);
    await client.#request("initialize", {
      protocolVersion: "2025-06-18",
      capabilities: {},
      clientInfo: { name: "harness-to-mcp-testing", version: "1" },
    });
    return client;
  }

  async tools(): Promise<Tool[]> {
    return (arrayOf((await this.#request("tools/list", {}))["tools"]) ?? []) as Tool[];
  }

  /** @throws Error with the server's message, if the call could not run */
  async call(name: string, args: Record<string, unknown>): Promise<CallToolResult> {
    return (await this.#request("tools/call", { name, arguments: args })) as CallToolResult;
  }

  /** Ends the session. */
  async end(): Promise<void> {
    await fetch(this.#url, { method: "DELETE", headers: this.#headers });
  }

  async #request(method: string, params: object): Promise<Record<string, unknown>> {
    const id = ++this.#count;
    const response = await fetch(this.#url, {
      method: "POST",
      headers: this.#headers,
      body: JSON.stringify({ jsonrpc: "2.0", id, method, params }),
    });
    const session = response.headers.get("mcp-session-id");
    if (session !== null) this.#headers["mcp-session-id"] = session;
    const text = await response.text();
    const messages = [parseObject(text), ...sseReader()(text).map(({ data }) => parseObject(data))];
    const answer = messages.find((message) => message?.["id"] === id);
    const result = objectOf(answer?.["result"]);
    if (result) return result;
    const why = stringOf(objectOf(answer?.["error"])?.["message"]) ?? text;
    throw new H2mError("internal", `\`${method}\` was answered with ${response.status}: ${why}`);
  }
}
