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
  /** Below the hijack API's root, such as `/v1/models`. */
  readonly path: string;
  /** The request is authorized already. */
  handle(request: Request): Response | Promise<Response>;
}

/** One LLM API that h2m can pose as. */
export interface ApiAdapter {
  /** Built in: `chat-completions`, `responses`, `messages`. */
  readonly name: string;
  /** Below the hijack API's root, such as `/v1/messages`. */
  readonly path: string;
  /**
   * Reads a request body (already parsed JSON).
   * @throws H2mError `bad-request` if it is no request of this API.
   */
  parse(body: unknown): Turn;
  encoder(turn: Turn): ReplyEncoder;
  /** The body of an HTTP error, in this API's own form. */
  error(error: H2mError): unknown;
  /** For an API that also speaks WebSocket: the request in a message, or `undefined` to ignore the message. */
  unwrap?(frame: unknown): unknown;
  readonly endpoints?: readonly ApiEndpoint[];
}
