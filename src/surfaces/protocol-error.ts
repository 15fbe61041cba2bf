import { ProtocolError, ProtocolErrorCode, type RequestId } from "@modelcontextprotocol/server";
import { H2mError, type H2mErrorCode } from "../errors.ts";

/** What was asked for is wrong, and not what became of it. */
const WRONG: readonly H2mErrorCode[] = [
  "unknown-tool",
  "unknown-resource",
  "unknown-prompt",
  "bad-request",
];

/** A tool's failure is a result; ours is a JSON-RPC error that says what to do. */
export async function orProtocolError<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    const known = H2mError.from(error);
    const code = WRONG.includes(known.code)
      ? ProtocolErrorCode.InvalidParams
      : ProtocolErrorCode.InternalError;
    throw new ProtocolError(code, known.text, { code: known.code });
  }
}

/** An error as the whole answer of MCP over HTTP. */
export function rpcError(
  status: number,
  code: number,
  message: string,
  id: RequestId | null = null,
): Response {
  // A message on a body that is no JSON quotes it, cut anywhere.
  const error = { code, message: message.toWellFormed() };
  return Response.json({ jsonrpc: "2.0", error, id }, { status });
}
