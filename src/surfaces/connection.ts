import type { ServerResponse } from "node:http";
import type {
  JSONRPCNotification,
  JSONRPCRequest,
  RequestId,
  WebStandardStreamableHTTPServerTransport,
} from "@modelcontextprotocol/server";
import type { HTTPResponse } from "h3";
import { deferred } from "../kit/deadline.ts";
import type { Answers } from "./answers.ts";
import { idsIn, type OpenRequests } from "./open-requests.ts";
import type { Presence } from "./presence.ts";
import type { Requests } from "./requests.ts";
import { watched } from "./watched.ts";

/** An MCP session over HTTP (2025 era). */
export interface Connection {
  readonly transport: WebStandardStreamableHTTPServerTransport;
  /** The path it was opened at: its id opens no other. */
  readonly path: string;
  /** Of the session that it leads to; `undefined`: the client's own. */
  readonly name: string | undefined;
  lastUse: number;
  readonly requests: Requests;
  readonly answers: Answers;
  readonly open: OpenRequests;
  readonly presence: Presence;
}

/** The SDK knows of a request as soon as it has it. */
const BEGUN = Promise.resolve();

/** Answers one request, over Node, which tells by itself whether the answer went out. */
export async function answerOne(
  known: Connection,
  message: JSONRPCRequest,
  out: ServerResponse,
): Promise<Response | HTTPResponse> {
  const { transport, answers, open, presence } = known;
  const refusal = open.refusal(message, BEGUN);
  if (refusal) return refusal;
  const { id, method } = message;
  const { response, waits } = answers.to(id);
  const { socket } = out.req;
  let whole = false;
  // Node says so also of what a connection that is gone has not taken: `writableFinished` is true then.
  out.prependOnceListener("finish", () => (whole = !socket.destroyed && !socket.errored));
  const gone = () => {
    if (whole) return presence.isThere();
    if (!waits()) return;
    // The SDK would go on, and the command run for nobody. What else is asked for is soon done.
    if (method === "tools/call") transport.onmessage?.(cancellationOf(id));
  };
  out.once("close", gone);
  transport.onmessage?.(message);
  if (out.closed) gone();
  return response;
}

/**
 * The same where nothing but the platform's own types is known, as in another program that serves us: an answer is out when all of
 * its body was read, and its client has gone when the request is aborted, or the body cancelled.
 */
export async function answerOneOnWeb(
  known: Connection,
  message: JSONRPCRequest,
  { signal }: Request,
): Promise<Response> {
  const { transport, answers, open, presence } = known;
  const refusal = open.refusal(message, BEGUN);
  if (refusal) return refusal;
  const { id, method } = message;
  const { response, waits } = answers.to(id);
  const gone = () => {
    if (method === "tools/call" && waits()) transport.onmessage?.(cancellationOf(id));
  };
  signal.addEventListener("abort", gone, { once: true });
  transport.onmessage?.(message);
  if (signal.aborted) gone();
  const { body, headers } = await response;
  const ended = (whole: boolean) => {
    signal.removeEventListener("abort", gone);
    if (whole) presence.isThere();
    else gone();
  };
  return watched(new Response(body as BodyInit, { headers }), ended);
}

/** Answers any body that came alone or as a batch: the SDK does. */
export async function answer(
  known: Connection,
  request: Request,
  parsedBody: unknown,
): Promise<Response> {
  const { transport, open, presence } = known;
  const begins = deferred<void>();
  const refusal = open.refusal(parsedBody, begins.promise);
  if (refusal) return refusal;
  try {
    await open.begun(parsedBody);
    const response = await transport.handleRequest(request, { parsedBody });
    if (!response.ok) open.release(parsedBody);
    return presence.attend(request, idsIn(parsedBody).length > 0, response);
  } catch (error) {
    // It has no answer to come, so its ids are free again.
    open.release(parsedBody);
    throw error;
  } finally {
    begins.resolve();
  }
}

function cancellationOf(requestId: RequestId): JSONRPCNotification {
  const params = { requestId, reason: "The client has gone." };
  return { jsonrpc: "2.0", method: "notifications/cancelled", params };
}
