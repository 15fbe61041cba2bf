import type { H2mError } from "../errors.ts";
import type { ErrorReply, Reply, TextReply, ToolCall, Turn, WireEvent } from "./turn.ts";

/**
 * Writes one reply, piece by piece: `begin (heartbeat | calls)* end`.
 * Ids and sequence numbers live in its closure, so that every piece is a lawful part of one message.
 */
export interface ReplyEncoder {
  begin(): WireEvent[];
  /** A sign of life that the harness's idle timer counts. */
  heartbeat(): WireEvent[];
  /** May be used several times in one reply. */
  calls(calls: readonly ToolCall[]): WireEvent[];
  /** Without an argument the calls stood already. */
  end(last?: TextReply | ErrorReply): WireEvent[];
  /** The same reply for a request without `stream`. */
  json(reply: Reply): unknown;
}

/** A further route of an API, such as its list of models. */
export interface ApiEndpoint {
  readonly method: "GET" | "POST";
  /** Below the hijack API's root, such as `/v1/models`; parameters as in {@link ApiAdapter.path}. */
  readonly path: string;
  /** The request is authorized already. */
  handle(request: Request): Response | Promise<Response>;
}

/** What the parameters of a path stood for, decoded: `/v1/:model` asked for as `/v1/big` gives `{ model: "big" }`. */
export type PathParams = Readonly<Record<string, string>>;

/** One LLM API that h2m can pose as. */
export interface ApiAdapter {
  /** Built in: `chat-completions`, `responses`, `messages`. */
  readonly name: string;
  /**
   * Below the hijack API's root, such as `/v1/messages`. It may have parameters, as h3 writes them
   * (`/v1beta/models/:model\\::method(generateContent|streamGenerateContent)`), but not in its first segment.
   */
  readonly path: string;
  /**
   * The request header that carries the API key bare.
   * `authorization: Bearer`, `x-api-key` and `api-key` are read without being named.
   */
  readonly keyHeader?: string;
  /**
   * Reads a request body (already parsed JSON). A path with parameters gives their values too.
   * @throws H2mError `bad-request` if it is no request of this API.
   */
  parse(body: unknown, params?: PathParams): Turn;
  encoder(turn: Turn): ReplyEncoder;
  /** The body of an HTTP error, in this API's own form. */
  error(error: H2mError): unknown;
  /** For an API that also speaks WebSocket: the request in a message, or `undefined` to ignore the message. */
  unwrap?(frame: unknown): unknown;
  readonly endpoints?: readonly ApiEndpoint[];
}
