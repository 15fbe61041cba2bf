import {
  type CallToolResult,
  ProtocolError,
  ProtocolErrorCode,
  Server,
} from "@modelcontextprotocol/server";
import { H2mError } from "../errors.ts";
import type { Session } from "../types/session.ts";

/** An MCP server over one session; the same for both eras and both transports. */
export async function mcpServer(session: Session, version: string): Promise<Server> {
  const instructions = await session.instructions();
  const server = new Server(
    { name: "harness-to-mcp", title: `${session.info().harness} (h2m)`, version },
    { capabilities: { tools: { listChanged: true } }, ...(instructions ? { instructions } : {}) },
  );
  server.setRequestHandler("tools/list", () =>
    orProtocolError(async () => ({ tools: [...(await session.tools())] })),
  );
  server.setRequestHandler("tools/call", (request, context) =>
    orProtocolError<CallToolResult>(() => {
      const { name, arguments: args = {} } = request.params;
      return session.call(name, args, { signal: context.mcpReq.signal });
    }),
  );
  return server;
}

/** A tool's failure is a result; ours is a JSON-RPC error that says what to do. */
async function orProtocolError<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    const known = H2mError.from(error);
    const wrong = known.code === "unknown-tool" || known.code === "bad-request";
    const code = wrong ? ProtocolErrorCode.InvalidParams : ProtocolErrorCode.InternalError;
    throw new ProtocolError(code, known.text, { code: known.code });
  }
}
