import type { Readable, Writable } from "node:stream";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { H2mError } from "../errors.ts";
import type { Session } from "../types/session.ts";
import { announce, mcpServer, type McpServerOptions } from "./mcp-server.ts";
import { Requests } from "./requests.ts";
import { StdioLines } from "./stdio-lines.ts";
import { wellFormedTransport } from "./well-formed.ts";

/** Largest message, in characters: a file to write travels in it, as a JSON text that may be twice as long. */
const MAX_MESSAGE = 32 * 1024 * 1024;

export interface McpStdioOptions extends Omit<McpServerOptions, "requests"> {
  readonly session: Session;
  readonly stdin: Readable;
  readonly stdout: Writable;
  /** Hears of what no client can be told, such as a line that is no message. */
  onError(error: H2mError): void;
}

/** MCP on one connection of its own. */
export interface McpStdio {
  /** Resolves when the client has closed its end, or the session has ended. */
  readonly ended: Promise<void>;
  close(): Promise<void>;
}

/** Serves one session over stdio, to clients of both eras: the first message tells which it is. */
export function mcpStdio(options: McpStdioOptions): McpStdio {
  const { session, stdin, stdout } = options;
  const leaves = [session.join()];
  // Its one client says its name later than it comes.
  const onClient: McpServerOptions["onClient"] = (client) => {
    if (client && leaves.length === 1) leaves.push(session.join(client));
  };
  const requests = new Requests();
  const transport = wellFormedTransport(new StdioLines(stdin, stdout, MAX_MESSAGE));
  const connection = serveStdio(
    // Twice, if a client probes for the newer era and then chooses the older.
    async () => {
      const server = await mcpServer(session, { ...options, requests, onClient });
      // In the newer era the SDK turns this into an event for those who subscribed.
      server.onclose = announce(session, server);
      return server;
    },
    { transport, onerror: (error) => options.onError(H2mError.from(error)) },
  );
  const ended = new Promise<void>((resolve) => {
    const { onclose } = transport;
    transport.onclose = () => {
      onclose?.();
      for (const leave of leaves) leave();
      resolve();
    };
  });
  session.on("close", () => {
    const closed = requests.answered().then(() => connection.close());
    closed.catch((error) => options.onError(H2mError.from(error)));
  });
  return { ended, close: () => connection.close() };
}
