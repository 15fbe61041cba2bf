import {
  parseJSONRPCMessage,
  ProtocolErrorCode,
  type RequestId,
} from "@modelcontextprotocol/server";
import { isCrowded } from "../kit/crowded.ts";
import { isTooDeep } from "../kit/depth.ts";
import { objectOf } from "../kit/json.ts";
import { requestIdIn } from "./id-in.ts";

/** Why what a client sent is no message, as JSON-RPC tells it. */
export interface NoMessage {
  readonly code: number;
  readonly message: string;
  /** The request that is meant. @default nothing tells which it is */
  readonly id: RequestId | null;
}

/** Most messages of a batch: the SDK (2.4) takes no more over HTTP. */
const MAX_BATCH = 100;
/** Most values in the JSON of a message or a batch, at any depth. */
const MAX_VALUES = 200_000;
/** Characters at either end of such a one that its id is looked for in. */
const ENDS = 500;
/** All that a message of any kind has: what else is in one is looked at no further. */
const KEYS = new Set(["jsonrpc", "id", "method", "params", "result", "error"]);

/** Why a text from a client is not even parsed, or `undefined`: to read so many values would hold up everybody else. */
export function crowdIn(text: string): NoMessage | undefined {
  if (!isCrowded(text, MAX_VALUES)) return undefined;
  const ends = { start: text.slice(0, ENDS), end: text.slice(-ENDS) };
  const most = MAX_VALUES.toLocaleString("en");
  return invalid(`it has more than ${most} values in it`, requestIdIn(ends));
}

/** Looks at what a client sent, over HTTP or stdio: `undefined`, or why it is neither a message nor a batch of them. */
export function refusalOf(value: unknown): NoMessage | undefined {
  if (!Array.isArray(value)) return refusalOfOne(value);
  if (value.length === 0) return invalid("a batch has at least one message in it", null);
  if (value.length > MAX_BATCH) return invalid(`a batch has ${MAX_BATCH} messages at most`, null);
  for (const each of value) {
    const refused = refusalOfOne(each);
    // As a whole: of the others none has begun.
    if (refused) return { ...refused, message: `${refused.message} The batch was not taken.` };
  }
  return undefined;
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
  // The SDK's error names each of them, four times over.
  if (hasOthers(value)) return invalid(reasonOf(value), requestIdOf(value));
  // It and the SDK walk through a message at several depths of the stack: what the first walk survives may end a later one.
  if (isTooDeep(withoutArguments(value)))
    return invalid("it is nested too deeply", requestIdOf(value));
  if (isPlainRequest(value)) return undefined;
  try {
    parseJSONRPCMessage(value);
    return undefined;
  } catch {
    // What the SDK says of it is long, and about all kinds of messages at once.
    return invalid(reasonOf(value), requestIdOf(value));
  }
}

/** What the SDK takes for sure, as most that comes: its own look takes longer than all of ours. */
function isPlainRequest(value: unknown): boolean {
  const { jsonrpc, id, method, params, ...others } = objectOf(value) ?? {};
  if (jsonrpc !== "2.0" || typeof method !== "string" || Object.keys(others).length > 0)
    return false;
  if (typeof id !== "string" && !Number.isSafeInteger(id)) return false;
  return (
    params === undefined || (objectOf(params) !== undefined && !("_meta" in (params as object)))
  );
}

/** Nothing walks through the arguments of a call before they are checked, where the tool's own answer says what is wrong. */
function withoutArguments(value: unknown): unknown {
  const { params, ...rest } = objectOf(value) ?? {};
  const { arguments: _, ...others } = objectOf(params) ?? {};
  return [rest, objectOf(params) ? others : params];
}

function hasOthers(value: unknown): boolean {
  for (const key in objectOf(value)) if (!KEYS.has(key)) return true;
  return false;
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
