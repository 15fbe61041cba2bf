import {
  ProtocolErrorCode,
  type RequestId,
  type WebStandardStreamableHTTPServerTransport,
} from "@modelcontextprotocol/server";

/**
 * The requests of one MCP session over HTTP (2025 era) that have no answer yet. The SDK (2.4) finds the connection of an answer
 * by the request's id alone, and forgets it with the answer: of two with one id one would wait for ever, and the connection of
 * one that was cancelled, which gets no answer, would stay open as long as the session.
 */
export class OpenRequests {
  readonly #transport: WebStandardStreamableHTTPServerTransport;
  /** By id: whether it came alone, so that the connection is its own. */
  readonly #alone = new Map<RequestId, boolean>();

  constructor(transport: WebStandardStreamableHTTPServerTransport) {
    this.#transport = transport;
    const send = transport.send.bind(transport);
    transport.send = async (message, options) => {
      try {
        await send(message, options);
      } finally {
        if (!("method" in message) && message.id !== undefined) this.#alone.delete(message.id);
      }
    };
  }

  /** Takes the requests of a body; gives an id that is in use, and then takes none of them. */
  take(body: unknown): RequestId | undefined {
    const ids = idsIn(body);
    const known = ids.find((id, place) => this.#alone.has(id) || ids.indexOf(id) !== place);
    if (known !== undefined) return known;
    for (const id of ids) this.#alone.set(id, ids.length === 1);
    return undefined;
  }

  /** The requests of a body were refused as a whole. */
  release(body: unknown): void {
    for (const id of idsIn(body)) this.#alone.delete(id);
  }

  /** A request was cancelled, and its end has come: MCP wants no answer, so its connection ends without one. */
  async drop(id: RequestId): Promise<void> {
    const alone = this.#alone.get(id);
    if (alone === undefined) return;
    if (alone) this.#transport.closeSSEStream(id);
    const error = { code: ProtocolErrorCode.InternalError, message: "The request was cancelled." };
    // To a connection that has ended nothing is sent: the SDK only forgets the id. Others of a batch need the answer.
    await this.#transport.send({ jsonrpc: "2.0", id, error });
  }
}

function idsIn(body: unknown): RequestId[] {
  const messages: unknown[] = Array.isArray(body) ? body : [body];
  return messages.flatMap((message) => {
    const { id, method } = (message ?? {}) as { id?: unknown; method?: unknown };
    const named = typeof id === "string" || typeof id === "number";
    return named && typeof method === "string" ? [id] : [];
  });
}
