import { randomUUID } from "node:crypto";
import { ServerResponse } from "node:http";
import {
  createMcpHandler,
  isLegacyRequest,
  type McpHttpHandler,
  type RequestId,
  WebStandardStreamableHTTPServerTransport,
} from "@modelcontextprotocol/server";
import { assertBodySize, type H3Event, type HTTPResponse } from "h3";
import { statesLength } from "../kit/body.ts";
import { parseJson } from "../kit/json.ts";
import type { H2mContext } from "../types/plugin.ts";
import type { Session, SessionTarget, Teardown } from "../types/session.ts";
import { withAccept } from "./accept.ts";
import { aloneIn } from "./alone.ts";
import { Answers } from "./answers.ts";
import { answer, answerOne, answerOneOnWeb, type Connection } from "./connection.ts";
import { crowdIn, noJson, type NoMessage, refusalOf } from "./message.ts";
import { announce, mcpServer, type McpServerOptions } from "./mcp-server.ts";
import { OpenRequests } from "./open-requests.ts";
import { refuseParamHeaders } from "./param-headers.ts";
import { Presence } from "./presence.ts";
import { rpcError } from "./protocol-error.ts";
import { Requests } from "./requests.ts";
import { clientOf, mustLeadTo, targetOf } from "./target.ts";

/** Largest request body, in bytes: a file to write travels in it. */
const MAX_BODY = 16 * 1024 * 1024;

export interface McpHttpOptions {
  /** Milliseconds after which a client of a shared session that says nothing is forgotten. */
  idle(): number;
  /** Milliseconds between signs of life of a running call. */
  readonly heartbeat: number;
  /** What clients are shown in a session's place. */
  shown(session: Session): Session;
  /** Begins each session id, for a balancer before several servers. @default none */
  readonly instance?: string | undefined;
}

/** The clients of MCP over HTTP: 2025-era ones with sessions, 2026-07-28 ones without, on one URL. */
export class McpHttp {
  readonly #h2m: H2mContext;
  readonly #options: McpHttpOptions;
  readonly #server: Omit<McpServerOptions, "requests">;
  readonly #connections = new Map<string, Connection>();
  readonly #modern = new WeakMap<Session, McpHttpHandler>();
  /** What ends a connection, or a handler of a session, when it has answered. */
  readonly #ends = new Set<() => Promise<void>>();

  constructor(h2m: H2mContext, options: McpHttpOptions) {
    this.#h2m = h2m;
    this.#options = options;
    this.#server = { version: h2m.version, heartbeat: options.heartbeat };
  }

  /** Ends every connection that no session has ended. */
  async close(): Promise<void> {
    await Promise.all([...this.#ends].map((end) => end()));
  }

  async serve(event: H3Event): Promise<Response | HTTPResponse> {
    if (!statesLength(event.req.headers, MAX_BODY)) assertBodySize(event, MAX_BODY);
    const { sessions } = this.#h2m;
    const where = targetOf(event.context.params ?? {}, event.req.headers, sessions.harnesses);
    const { pathname } = event.url;
    let parsedBody: unknown;
    if (event.req.method === "POST") {
      try {
        // Parsed once, for the routing by era and for the SDK.
        const text = await event.req.text();
        const crowd = crowdIn(text);
        if (crowd) return refused(crowd);
        parsedBody = parseJson(text);
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error;
        return refused(noJson("The body", error));
      }
      const refusal = refusalOf(parsedBody);
      if (refusal) return refused(refusal);
    }
    const request = withAccept(event.req);
    const known = this.#known(request, pathname);
    const alone = known && aloneIn(request, parsedBody);
    if (known && alone) {
      // Where another program serves us, it may be none of Node's, or one of HTTP/2, whose answers tell other things.
      const response = event.runtime?.node?.res;
      return response instanceof ServerResponse
        ? answerOne(known, alone, response)
        : answerOneOnWeb(known, alone, request);
    }
    const target = { ...where, client: clientOf(parsedBody) };
    if (await isLegacyRequest(request, parsedBody))
      return this.#legacy(request, parsedBody, target, pathname);
    const name = target.name ?? (target.attached === undefined ? "default" : undefined);
    const open = () => this.#options.shown(sessions.open({ ...target, name }));
    const refusal = await refuseParamHeaders(open(), parsedBody, request.headers);
    return refusal ?? this.#handler(open()).fetch(request, { parsedBody });
  }

  async #legacy(
    request: Request,
    parsedBody: unknown,
    target: SessionTarget,
    path: string,
  ): Promise<Response> {
    if (request.headers.has("mcp-session-id")) {
      const known = this.#known(request, path);
      if (known) return answer(known, request, parsedBody);
      return rpcError(
        404,
        -32001,
        "There is no such MCP session here: it has ended, or the server was started anew. Initialize again.",
      );
    }
    if (!opensSession(parsedBody)) {
      return rpcError(
        400,
        -32000,
        "Send `initialize` first, then its `Mcp-Session-Id` with every request.",
      );
    }
    this.#forgetVanished();
    const session = this.#options.shown(this.#h2m.sessions.open(target));
    const leave = session.join(target.client);
    try {
      const place = { path, name: target.attached ?? target.name };
      return await this.#connect(session, leave, place, request, parsedBody);
    } catch (error) {
      leave();
      throw error;
    }
  }

  /** The connection that a request names, at its own path. @throws H2mError `bad-request` if it names another session too */
  #known({ headers }: Request, path: string): Connection | undefined {
    const known = this.#connections.get(headers.get("mcp-session-id") ?? "");
    if (known?.path !== path) return undefined;
    mustLeadTo(headers, known.name);
    known.lastUse = Date.now();
    return known;
  }

  async #connect(
    session: Session,
    leave: Teardown,
    place: Pick<Connection, "path" | "name">,
    request: Request,
    parsedBody: unknown,
  ): Promise<Response> {
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: () => newSessionId(this.#options.instance),
      onsessioninitialized: (id) => void this.#connections.set(id, connection),
    });
    const requests = new Requests();
    const answers = new Answers(transport, this.#options.heartbeat);
    const open = new OpenRequests(transport, answers);
    const connection: Connection = {
      ...place,
      transport,
      lastUse: Date.now(),
      requests,
      answers,
      open,
      presence: new Presence(session),
    };
    const onDropped = (id: RequestId) => void open.drop(id).catch(() => {}); // It was answered, or its client has gone.
    const server = await mcpServer(session, { ...this.#server, requests, onDropped });
    const end = async () => {
      // Its id is known no more: whoever comes with it begins anew.
      this.#connections.delete(transport.sessionId ?? "");
      await requests.answered();
      await transport.close();
    };
    this.#ends.add(end);
    const stops = [announce(session, server), session.on("close", () => void end()), leave];
    server.onclose = () => {
      this.#ends.delete(end);
      if (transport.sessionId !== undefined) this.#connections.delete(transport.sessionId);
      for (const stop of stops) stop();
    };
    await server.connect(transport);
    const response = await transport.handleRequest(request, { parsedBody });
    // The request was refused before it made a session: there is nothing to keep.
    if (transport.sessionId === undefined) await transport.close();
    return response;
  }

  /** Clients that went without DELETE; a session of their own would have ended with its idle time. */
  #forgetVanished(): void {
    const oldest = Date.now() - this.#options.idle();
    for (const { transport, lastUse, requests } of this.#connections.values()) {
      const unused = Math.max(lastUse, requests.lastEnd) < oldest;
      if (unused && !requests.waiting) void transport.close();
    }
  }

  /** One handler for each session, since its subscriptions hear of that session's changes only. */
  #handler(session: Session): McpHttpHandler {
    const known = this.#modern.get(session);
    if (known) return known;
    const requests = new Requests();
    const handler = createMcpHandler(() => mcpServer(session, { ...this.#server, requests }), {
      legacy: "reject",
    });
    this.#modern.set(session, handler);
    // These clients have no handshake: the first request of any of them starts the harness.
    session.join();
    session.on("tools", () => handler.notify.toolsChanged());
    session.on("prompts", () => handler.notify.promptsChanged());
    session.on("resources", () => handler.notify.resourcesChanged());
    const end = async () => {
      this.#ends.delete(end);
      await requests.answered();
      await handler.close();
    };
    this.#ends.add(end);
    session.on("close", () => void end());
    return handler;
  }
}

function refused({ code, message, id }: NoMessage): Response {
  return rpcError(400, code, message, id);
}

/** Anything else without a session id is refused before a harness is started for it. */
function opensSession(body: unknown): boolean {
  const messages: unknown[] = Array.isArray(body) ? body : [body];
  return messages.some(
    (message) => (message as { method?: unknown } | null | undefined)?.method === "initialize",
  );
}

function newSessionId(instance: string | undefined): string {
  return instance === undefined ? randomUUID() : `${instance}-${randomUUID()}`;
}
