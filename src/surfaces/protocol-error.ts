import { ProtocolError, ProtocolErrorCode } from "@modelcontextprotocol/server";
import { H2mError, type H2mErrorCode } from "../errors.ts";

/** What was asked for is wrong, and not what became of it. */
const WRONG: readonly H2mErrorCode[] = ["unknown-tool", "unknown-resource", "bad-request"];

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
