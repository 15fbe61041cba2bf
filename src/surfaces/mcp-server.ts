import {
  CLIENT_INFO_META_KEY,
  type CallToolRequest,
  type CallToolResult,
  type InputRequiredResult,
  type RequestId,
  Server,
  type ServerContext,
} from "@modelcontextprotocol/server";
import type { CallOptions, ClientInfo, Session, Teardown } from "../types/session.ts";
import { elicit, elicitFor, isModern } from "./elicit.ts";
import { offersOf, serveOffers } from "./offers.ts";
import { Progress } from "./progress.ts";
import { orProtocolError } from "./protocol-error.ts";
import type { Requests } from "./requests.ts";
import { knowsLinks, withoutLinks } from "./results.ts";
import { callInRounds, verifyState } from "./rounds.ts";
import { clientInfoOf } from "./target.ts";
import { sendingWellFormed } from "./well-formed.ts";

export interface McpServerOptions {
  readonly version: string;
  /** Milliseconds between signs of life of a running call, for clients that ask for progress. */
  readonly heartbeat: number;
  /** Those that are being answered. */
  readonly requests: Requests;
  /** A request was cancelled, and gets no answer. */
  onDropped?(id: RequestId): void;
  /** Who sent a request. */
  onClient?(client: ClientInfo | undefined): void;
}

/** An MCP server over one session; the same for both eras and both transports. */
export async function mcpServer(session: Session, options: McpServerOptions): Promise<Server> {
  const { requests } = options;
  const instructions = await session.instructions();
  const server = new Server(
    {
      name: "harness-to-mcp",
      title: `${session.info().harness} (h2m)`,
      version: options.version,
    },
    {
      capabilities: {
        tools: { listChanged: true },
        logging: {},
        ...offersOf(session),
      },
      requestState: { verify: verifyState },
      ...(instructions ? { instructions } : {}),
    },
  );
  const answered = <T>({ mcpReq }: ServerContext, act: () => Promise<T>): Promise<T> => {
    const envelope = mcpReq.envelope as { [CLIENT_INFO_META_KEY]?: unknown } | undefined;
    options.onClient?.(clientInfoOf(envelope?.[CLIENT_INFO_META_KEY] ?? server.getClientVersion()));
    const answer = requests.run(() => orProtocolError(act));
    // The SDK looks once more, right after the answer, whether it is wanted.
    const dropped = () => setImmediate(() => options.onDropped?.(mcpReq.id));
    const onAbort = () => void answer.then(dropped, dropped);
    mcpReq.signal.addEventListener("abort", onAbort, { once: true });
    return answer;
  };
  serveOffers(server, session, answered);
  server.setRequestHandler("tools/list", (_, context) =>
    answered(context, async () => ({ tools: [...(await session.tools())] })),
  );
  const call = async (
    { params }: CallToolRequest,
    context: ServerContext,
  ): Promise<CallToolResult | InputRequiredResult> => {
    const { name, arguments: args = {} } = params;
    const progress = progressOf(context, options.heartbeat);
    const onProgress = progress ? (text: string) => progress.output(text) : undefined;
    const signal = signalOf(context);
    try {
      if (isModern(server))
        return await callInRounds(session, { name, args, server, context, signal, onProgress });
      const confirm: CallOptions["confirm"] = (question, asking) =>
        elicit(server, context, question, asking);
      const asks = elicitFor(server, context);
      const result = await session.call(name, args, { signal, onProgress, confirm, elicit: asks });
      return knowsLinks(server) ? result : withoutLinks(result);
    } finally {
      progress?.end();
    }
  };
  server.setRequestHandler("tools/call", (request, context) =>
    answered(context, () => call(request, context)),
  );
  return sendingWellFormed(server);
}

/** Tells a connected client what happens to its session; the teardown stops it. */
export function announce(session: Session, server: Server): Teardown {
  // A client that has just gone cannot be told, and needs not.
  const stops = [
    session.on("tools", () => void server.sendToolListChanged().catch(() => {})),
    ...(session.prompts
      ? [session.on("prompts", () => void server.sendPromptListChanged().catch(() => {}))]
      : []),
    ...(session.resources
      ? [session.on("resources", () => void server.sendResourceListChanged().catch(() => {}))]
      : []),
    session.on("notice", (data, level) => {
      void server.sendLoggingMessage({ level, logger: "h2m", data }).catch(() => {});
    }),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

/**
 * The end of a client's interest: it cancels the call, or is gone. In the 2025 era the SDK goes on when the connection of the
 * request breaks; its result could not be told any more, and the command would run on for nobody.
 */
function signalOf({ mcpReq, http }: ServerContext): AbortSignal {
  const connection = http?.req?.signal;
  return connection ? AbortSignal.any([mcpReq.signal, connection]) : mcpReq.signal;
}

/** Progress for a client that asked for it with a token. */
function progressOf({ mcpReq }: ServerContext, heartbeat: number): Progress | undefined {
  const token = mcpReq._meta?.progressToken;
  if (token === undefined) return undefined;
  return new Progress(heartbeat, (report) => {
    const params = { progressToken: token, ...report };
    // A client that has just gone cannot be told; its call is ended by its own signal.
    mcpReq.notify({ method: "notifications/progress", params }).catch(() => {});
  });
}
