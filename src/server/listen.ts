import { createServer } from "node:net";
import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import type { Hooks } from "crossws";
import nodeAdapter from "crossws/adapters/node";
import { type H3, toNodeHandler } from "h3";
import { listen as listhen } from "listhen";
import { isolated } from "../core/plugins/isolated.ts";
import { within } from "../kit/deadline.ts";
import { H2mError } from "../errors.ts";
import { isBadPort } from "../kit/bad-ports.ts";
import { Connections } from "./connections.ts";
import { openFileLimit } from "./open-files.ts";
import { wantsWebSocket, withoutOffer } from "./other-protocol.ts";

export interface Listening {
  readonly host: string;
  readonly port: number;
  close(): Promise<void>;
}

/** How long connections have for their last answers when the server closes, in ms. */
const LAST_WORDS = 200;
/** Largest WebSocket message, in bytes. */
const MAX_MESSAGE = 64 * 1024 * 1024;
/** Milliseconds for the head of a request, and in which nothing of a body comes. */
const HEAD = 10_000;
const BODY = 20_000;
/** Connections at once, where there are file descriptors enough. */
const MAX_CONNECTIONS = 4_096;

/**
 * Serves the app. Port 0 is any free one. `report` hears of faults that no client can be told.
 * @throws H2mError `port-taken`
 */
export async function listen(
  app: H3,
  { host, port }: { readonly host: string; readonly port: number },
  report: (error: unknown) => void,
): Promise<Listening> {
  const sockets = nodeAdapter({
    // The app's own middleware has seen the request first: a refusal there is the answer to the upgrade.
    resolve: async (request) => {
      const response = (await app.fetch(request)) as Response & { crossws?: Partial<Hooks> };
      return response.crossws ? guarded(response.crossws, report) : { upgrade: () => response };
    },
    serverOptions: { maxPayload: MAX_MESSAGE },
  });
  const max = Math.max(8, Math.min(Math.floor(openFileLimit() / 2), MAX_CONNECTIONS));
  const connections = new Connections({ head: HEAD, body: BODY, max });
  const free = await freePort(host, port);
  // listhen 1.10 reads NODE_ENV, HOST and argv, moves to another port, prints on stdout and ends the process on a
  // signal, each unless it is told otherwise. `isTest`: it prints nothing about ports.
  const listener = await listhen(toNodeHandler(app), {
    port: free,
    hostname: host,
    public: false,
    isProd: true,
    isTest: true,
    showURL: false,
    qr: false,
    open: false,
    clipboard: false,
    autoClose: false,
    // listhen 1.10 gives it all that Node tells of an upgrade, and its type says less.
    ws: (...told: unknown[]) => {
      const [request, , head] = told as [IncomingMessage, Duplex, Buffer];
      if (!wantsWebSocket(request)) return withoutOffer(server, request, head);
      const { socket } = request;
      // First of all: nobody else hears the errors of this socket from now on.
      connections.upgrade(socket);
      // A host that is none makes no URL, on which crossws 0.4 answers 500.
      if (!URL.canParse(`http://${request.headers.host}`)) {
        socket.write("HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n");
        // Not `end`: a client that keeps its half open would keep the server from closing.
        return socket.destroySoon();
      }
      sockets
        .handleUpgrade(request, socket as Duplex as never, head)
        // The answer could be neither made nor written: whoever asked hears the end of the connection.
        .catch(() => socket.destroy());
    },
  });
  const server = listener.server as Server;
  if (listener.address.port !== free) {
    // Somebody was quicker at our port, and listhen has taken another one, which nobody would be told of.
    await listener.close();
    throw taken(host, free);
  }
  // What listhen adds beside our handler (http-shutdown 1.2) throws outside of any request when an answer is finished
  // after its connection is gone: a client that hangs up would end our process.
  for (const added of server.listeners("request").slice(1)) server.off("request", added as never);
  connections.watch(server);
  // Such as one that could not be accepted because too many files are open. The server goes on listening.
  server.on("error", report);
  // Clients keep connections for long thinking pauses; Node's 5 s would cut them at the wrong moment.
  server.keepAliveTimeout = 120_000;
  return {
    host,
    port: free,
    close: async () => {
      sockets.closeAll(1001, "the server is stopping", true);
      connections.close();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      // Answers that are just being written go out to their end.
      const idle = setInterval(() => server.closeIdleConnections(), 10);
      await within(closed, LAST_WORDS, () => new Error("late")).catch(() => {});
      clearInterval(idle);
      server.closeAllConnections();
      await within(closed, LAST_WORDS, () => new Error("late")).catch(() => {});
    },
  };
}

/** Hooks whose faults are told and go no further: nobody waits for what crossws makes of them. */
function guarded(hooks: Partial<Hooks>, report: (error: unknown) => void): Partial<Hooks> {
  // What `upgrade` throws is an answer.
  const { upgrade, ...others } = hooks;
  const own = Object.entries(others).map(([name, hook]) => {
    const act = hook as (...told: unknown[]) => unknown;
    return [name, (...told: unknown[]) => isolated(() => act(...told), report)];
  });
  return { ...(upgrade ? { upgrade } : {}), ...Object.fromEntries(own) };
}

/** listhen takes 0 for 3000 and does not tell a taken port from other errors: both are found out here. */
function freePort(host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", (cause: NodeJS.ErrnoException) => {
      if (cause.code === "EADDRINUSE") return reject(taken(host, port, cause));
      const message = `${host}:${port} cannot be listened at: ${cause.message}.`;
      reject(new H2mError("port-taken", message, { hint: "Check `--host` and `--port`.", cause }));
    });
    probe.listen(port, host, () => {
      const { port: found } = probe.address() as { port: number };
      // One that the system chose may be one that no client connects with: then another.
      probe.close(() => resolve(port === 0 && isBadPort(found) ? freePort(host, port) : found));
    });
  });
}

function taken(host: string, port: number, cause?: Error): H2mError {
  return new H2mError("port-taken", `Port ${port} of ${host} is taken.`, {
    hint: "Another h2m may be running; choose a port with `--port` (0 = any free one).",
    cause,
  });
}
