import {
  CLIENT_CAPABILITIES_META_KEY,
  type ClientCapabilities,
  type ElicitRequestFormParams,
  type ElicitResult,
  ProtocolError,
  ProtocolErrorCode,
  type Server,
  type ServerContext,
} from "@modelcontextprotocol/server";
import { H2mError } from "../errors.ts";
import type { Elicit } from "../types/provider.ts";
import type { Answer, Question } from "../types/session.ts";

/** The SDK wants a limit of its own; the core has one already, and Node's timers take no more. */
const NEVER = 2 ** 31 - 1;

type Envelope = { [CLIENT_CAPABILITIES_META_KEY]?: ClientCapabilities } | undefined;

/** Whether the client of a request can put a question to a person. */
export function canAsk(server: Server, { mcpReq }: ServerContext): boolean {
  const capabilities = isModern(server)
    ? (mcpReq.envelope as Envelope)?.[CLIENT_CAPABILITIES_META_KEY]
    : server.getClientCapabilities();
  const elicitation = capabilities?.elicitation;
  // Revision 2025-06-18 knew forms only, and named no kinds.
  return elicitation?.form !== undefined || (!!elicitation && elicitation.url === undefined);
}

/** Whether the client speaks revision 2026-07-28 or later, where a server sends no requests. */
export function isModern(server: Server): boolean {
  return (server.getNegotiatedProtocolVersion() ?? "") >= "2026-07-28";
}

/** A form without fields: to accept it is to say yes. */
export function formOf({ text }: Question): ElicitRequestFormParams {
  return { mode: "form", message: text, requestedSchema: { type: "object", properties: {} } };
}

/** Anything but a clear yes is a no. */
export function answerOf(action: unknown): Answer {
  return { answer: action === "accept" ? "accept" : "decline" };
}

/** Asks a client of the 2025 era: by a request of ours, beside the call that it waits for. */
export async function elicit(
  server: Server,
  context: ServerContext,
  question: Question,
  signal: AbortSignal,
): Promise<Answer> {
  if (!canAsk(server, context)) return { answer: "unsupported" };
  try {
    return answerOf((await pose(server, context, formOf(question), signal)).action);
  } catch (error) {
    if (signal.aborted) throw error;
    if (error instanceof ProtocolError && error.code === ProtocolErrorCode.MethodNotFound)
      return { answer: "unsupported" };
    const reason = `The client could not ask: ${H2mError.from(error).message}.`;
    return { answer: "decline", reason };
  }
}

/** Puts the question of a tool that no harness brings to a client of that era; `undefined`: it cannot ask. */
export function elicitFor(server: Server, context: ServerContext): Elicit | undefined {
  if (!canAsk(server, context)) return undefined;
  return (form, signal) => pose(server, context, { ...form, mode: "form" }, signal);
}

function pose(
  server: Server,
  { mcpReq }: ServerContext,
  params: ElicitRequestFormParams,
  signal: AbortSignal,
): Promise<ElicitResult> {
  const request = { method: "elicitation/create", params } as const;
  return server.request(request, { relatedRequestId: mcpReq.id, signal, timeout: NEVER });
}
