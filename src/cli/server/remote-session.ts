import { version } from "../../../package.json" with { type: "json" };
import { H2mError, type H2mErrorCode } from "../../errors.ts";
import { arrayOf, type JsonObject, objectOf, parseObject, stringOf } from "../../kit/json.ts";
import { visible } from "../../kit/visible.ts";
import type { CallToolResult, Tool } from "../../types/mcp.ts";
import { RunningServer } from "./running-server.ts";

const REVISION = "2026-07-28";
/** Most bytes of an answer: an image may stand in it. */
const MOST = 256 * 1024 * 1024;

export interface RemoteOptions {
  /** Such as `http://127.0.0.1:9330/mcp`; without a path it means `/mcp`. */
  readonly url: string;
  /** One of the server's, at `/mcp`. */
  readonly harness?: string | undefined;
  /** Told only to who has shown that he knows it. */
  readonly token: string | undefined;
  /** Milliseconds for one answer. */
  readonly patience: number;
}

/** Tools of a running h2m, by MCP of one request each. */
export class RemoteSession {
  readonly #server: RunningServer;
  readonly #path: string;
  readonly #patience: number;

  /** @throws H2mError `bad-usage` if the URL cannot be one of h2m */
  constructor({ url, harness, token, patience }: RemoteOptions) {
    const { hostname, port, pathname } = placeOf(url);
    const host = hostname.replace(/^\[(.*)\]$/, "$1");
    this.#server = new RunningServer(host, Number(port || 80), token);
    const path = pathname === "/" ? "/mcp" : pathname;
    if (harness !== undefined && path !== "/mcp")
      throw new H2mError(
        "bad-usage",
        `The URL names a harness or a session already: \`${path}\`.`,
        {
          hint: "Leave the harness out, or write the URL with `/mcp` at its end.",
        },
      );
    this.#path = harness === undefined ? path : `${path}/${harness}`;
    this.#patience = patience;
  }

  async tool(name: string): Promise<Tool | undefined> {
    const { tools } = await this.#ask("tools/list", {});
    const found = (arrayOf(tools) ?? []).find((tool) => objectOf(tool)?.["name"] === name);
    return found as Tool | undefined;
  }

  async call(name: string, args: JsonObject): Promise<CallToolResult> {
    const result = await this.#ask("tools/call", { name, arguments: args }, { "mcp-name": name });
    if (arrayOf(result["content"])) return result as unknown as CallToolResult;
    throw new H2mError("internal", `What ${this.#server.url} answered is no result of a tool.`);
  }

  async #ask(
    method: string,
    params: JsonObject,
    more: Readonly<Record<string, string>> = {},
  ): Promise<JsonObject> {
    const about = {
      "io.modelcontextprotocol/protocolVersion": REVISION,
      "io.modelcontextprotocol/clientInfo": { name: "h2m", version },
      // Nobody can be asked: the server refuses what it would ask about.
      "io.modelcontextprotocol/clientCapabilities": {},
    };
    const body = { jsonrpc: "2.0", id: 1, method, params: { ...params, _meta: about } };
    const headers = {
      accept: "application/json, text/event-stream",
      "mcp-protocol-version": REVISION,
      "mcp-method": method,
      ...more,
    };
    const options = { headers, patience: this.#patience, most: MOST };
    const { status, text } = await this.#server.post(this.#path, body, options);
    const answer = answerIn(text);
    const result = objectOf(answer?.["result"]);
    if (result) return result;
    throw this.#problem(status, objectOf(answer?.["error"]) ?? {});
  }

  #problem(status: number, error: JsonObject): H2mError {
    const said = stringOf(error["message"]);
    const message = said ?? `${this.#server.url}${this.#path} answered with the status ${status}.`;
    const code = stringOf(objectOf(error["data"])?.["code"]) as H2mErrorCode | undefined;
    const hint = status === 404 ? { hint: "The start of the server prints its URLs." } : {};
    return new H2mError(
      status === 401 ? "unauthorized" : (code ?? "internal"),
      visible(message),
      hint,
    );
  }
}

function placeOf(url: string): URL {
  const place = URL.canParse(url) ? new URL(url) : undefined;
  const more = place && place.username + place.password + place.search + place.hash;
  if (place?.protocol === "http:" && more === "") return place;
  throw new H2mError("bad-usage", "`--url` must be such as http://127.0.0.1:9330/mcp.", {
    hint: "Only `http:`, and no secret in it: a server behind another one cannot show that it knows the token.",
  });
}

/** An answer as JSON, or as the one that ends a stream of events. */
function answerIn(text: string): JsonObject | undefined {
  const whole = parseObject(text);
  if (whole) return whole;
  const events = text.split(/\r?\n/).filter((line) => line.startsWith("data:"));
  return events
    .map((line) => parseObject(line.slice("data:".length)))
    .findLast((message) => message?.["id"] === 1);
}
