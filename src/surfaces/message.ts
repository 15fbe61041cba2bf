import {
  parseJSONRPCMessage,
  ProtocolErrorCode,
  type RequestId,
} from "@modelcontextprotocol/server";
import { objectOf } from "../kit/json.ts";

/** Why what a client sent is no message, as JSON-RPC tells it. */
export interface NoMessage {
  readonly code: number;
  readonly message: string;
  /** The request that is meant. @default nothing tells which it is */
  readonly id: RequestId | null;
}

/** Looks at what a client sent, over HTTP or stdio: `undefined`, or why it is neither a message nor a batch of them. */
export function refusalOf(value: unknown): NoMessage | undefined {
  if (!Array.isArray(value)) return refusalOfOne(value);
  if (value.length === 0) return invalid("a batch has at least one message in it", null);
  const refused = value.map(refusalOfOne).find((each) => each !== undefined);
  // As a whole: of the others none has begun.
  return refused && { ...refused, message: `${refused.message} The batch was not taken.` };
}

/** What could not be read as JSON. */
export function noJson(what: string, error: Error): NoMessage {
  const message = `${what} is not JSON: ${error.message}.`;
  return { code: ProtocolErrorCode.ParseError, message, id: null };
}

export function invalid(why: string, id: RequestId | null): NoMessage {
  const message = `This is no message of JSON-RPC: ${why}.`;
  return { code: ProtocolErrorCode.InvalidRequest, message, id };
}

function refusalOfOne(value: unknown): NoMessage | undefined {
  try {
    parseJSONRPCMessage(value);
    return undefined;
  } catch {
    // What the SDK says of it is long, and about all kinds of messages at once.
    return invalid(reasonOf(value), requestIdOf(value));
  }
}

/** Of an answer to a question of ours the id is not the client's own. */
function requestIdOf(value: unknown): RequestId | null {
  const { method, id } = objectOf(value) ?? {};
  const isId = typeof id === "string" || typeof id === "number";
  return typeof method === "string" && isId ? id : null;
}

function reasonOf(value: unknown): string {
  const message = objectOf(value);
  if (!message) return "a message is an object";
  if (message["jsonrpc"] !== "2.0") return '`jsonrpc` must be "2.0"';
  if ("id" in message && typeof message["id"] !== "string" && !Number.isSafeInteger(message["id"]))
    return "an `id` is a text or a whole number";
  if (!("method" in message)) return "it has no `method`, and is no whole answer either";
  if (typeof message["method"] !== "string") return "a `method` is a text";
  if (!("params" in message)) return "it has more in it than one";
  const params = objectOf(message["params"]);
  if (!params) return "`params` must be an object, or be left out";
  if ("_meta" in params && !objectOf(params["_meta"]))
    return "`_meta` must be an object, or be left out";
  const token = objectOf(params["_meta"])?.["progressToken"];
  if (token !== undefined && typeof token !== "string" && !Number.isSafeInteger(token))
    return "a `progressToken` is a text or a whole number";
  return "it has more in it than one, or something of another type";
}
