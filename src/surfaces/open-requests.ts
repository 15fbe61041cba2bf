import {
  ProtocolErrorCode,
  type RequestId,
  type WebStandardStreamableHTTPServerTransport,
} from "@modelcontextprotocol/server";
import type { Answers } from "./answers.ts";
import { rpcError } from "./protocol-error.ts";

const CANCELLED = "The request was cancelled.";
/** How much later than its cancellation a request may come, in ms. */
const OVERTAKEN = 10_000;
/** Most ids that are remembered. */
const MOST = 1_000;

interface Open {
  /** It came alone, so that the connection is its own. */
  readonly alone: boolean;
  /** Resolves once the SDK knows of it. */
  readonly begun: Promise<unknown>;
}

/**
 * The requests of one MCP session over HTTP (2025 era) that have no answer yet. The SDK (2.4) finds the connection of an answer
 * by the request's id alone, and forgets it with the answer: of two with one id one would wait for ever, and the connection of
 * one that was cancelled, which gets no answer, would stay open as long as the session.
 */
export class OpenRequests {
  readonly #transport: WebStandardStreamableHTTPServerTransport;
  readonly #answers: Answers;
  readonly #open = new Map<RequestId, Open>();
  /** The last ids that came. */
  readonly #seen = new Map<RequestId, true>();
  /** Those that were cancelled before they came, and when. */
  readonly #early = new Map<RequestId, number>();

  /** `answers`: those that the SDK does not write. */
  constructor(transport: WebStandardStreamableHTTPServerTransport, answers: Answers) {
    this.#transport = transport;
    this.#answers = answers;
    const send = transport.send.bind(transport);
    transport.send = async (message, options) => {
      try {
        await send(message, options);
      } finally {
        if (!("method" in message) && message.id !== undefined) this.#open.delete(message.id);
      }
    };
  }

  /** Takes the requests of a body, which the SDK knows of once `begun` resolves; or refuses them all. */
  refusal(body: unknown, begun: Promise<unknown>): Response | undefined {
    const early = this.#cancelledEarly(body);
    if (early !== undefined)
      return rpcError(200, ProtocolErrorCode.InternalError, CANCELLED, early);
    const twice = this.#take(body, begun);
    if (twice === undefined) return undefined;
    const what = `A request with the id ${JSON.stringify(twice)} is being answered`;
    const message = `${what}: each request needs an id of its own.`;
    return rpcError(409, ProtocolErrorCode.InvalidRequest, message, twice);
  }

  /** Until the request that a body cancels has begun: the SDK forgets a cancellation that comes between. */
  async begun(body: unknown): Promise<void> {
    const id = cancelledBy(body);
    if (id !== undefined) await this.#open.get(id)?.begun;
  }

  /** The requests of a body were refused as a whole. */
  release(body: unknown): void {
    for (const id of idsIn(body)) this.#open.delete(id);
  }

  /** A request was cancelled, and its end has come: MCP wants no answer, so its connection ends without one. */
  async drop(id: RequestId): Promise<void> {
    const open = this.#open.get(id);
    if (!open) return;
    if (open.alone && !this.#answers.drop(id)) this.#transport.closeSSEStream(id);
    const error = { code: ProtocolErrorCode.InternalError, message: CANCELLED };
    // To a connection that has ended nothing is sent: the SDK only forgets the id. Others of a batch need the answer.
    await this.#transport.send({ jsonrpc: "2.0", id, error });
  }

  /**
   * Whether the one request of a body was cancelled before it came: each comes on a connection of its own, and may overtake the
   * other. Nobody waits for it, and what would ask a person about it would ask for nothing.
   */
  #cancelledEarly(body: unknown): RequestId | undefined {
    const [id, more] = idsIn(body);
    if (id === undefined || more !== undefined) return undefined;
    const when = this.#early.get(id);
    this.#early.delete(id);
    return when !== undefined && performance.now() - when < OVERTAKEN ? id : undefined;
  }

  /** Gives an id that is in use, and then takes none. */
  #take(body: unknown, begun: Promise<unknown>): RequestId | undefined {
    const ids = idsIn(body);
    const cancelled = cancelledBy(body);
    // A late one, of a request that is answered already, means nothing.
    if (cancelled !== undefined && !this.#seen.has(cancelled))
      kept(this.#early, cancelled, performance.now());
    const twice = ids.find((id, place) => this.#open.has(id) || ids.indexOf(id) !== place);
    if (twice !== undefined) return twice;
    for (const id of ids) {
      this.#open.set(id, { alone: ids.length === 1, begun });
      kept(this.#seen, id, true);
    }
    return undefined;
  }
}

/** Keeps something; of too many the oldest goes. */
function kept<T>(all: Map<RequestId, T>, id: RequestId, value: T): void {
  all.delete(id);
  all.set(id, value);
  if (all.size <= MOST) return;
  const [oldest] = all.keys();
  if (oldest !== undefined) all.delete(oldest);
}

/** The id in a cancellation. */
function cancelledBy(body: unknown): RequestId | undefined {
  const { method, params } = (body ?? {}) as { method?: unknown; params?: { requestId?: unknown } };
  if (method !== "notifications/cancelled") return undefined;
  const id = params?.requestId;
  return typeof id === "string" || typeof id === "number" ? id : undefined;
}

/** Of the requests in a body. */
export function idsIn(body: unknown): RequestId[] {
  const messages: unknown[] = Array.isArray(body) ? body : [body];
  return messages.flatMap((message) => {
    const { id, method } = (message ?? {}) as { id?: unknown; method?: unknown };
    const named = typeof id === "string" || typeof id === "number";
    return named && typeof method === "string" ? [id] : [];
  });
}
