import { createServer } from "node:net";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import nodeAdapter from "crossws/adapters/node";
import { type H3, toNodeHandler } from "h3";
import { listen as listhen } from "listhen";
import { within } from "../core/deadline.ts";
import { H2mError } from "../errors.ts";

export interface Listening {
  readonly host: string;
  readonly port: number;
  close(): Promise<void>;
}

/** How long connections have for their last answers when the server closes, in ms. */
const LAST_WORDS = 200;
/** Largest WebSocket message, in bytes. */
const MAX_MESSAGE = 64 * 1024 * 1024;

/**
 * Serves the app. Port 0 is any free one.
 * @throws H2mError `port-taken`
 */
export async function listen(app: H3, host: string, port: number): Promise<Listening> {
  const sockets = nodeAdapter({
    // The app's own middleware has seen the request first: a refusal there is the answer to the upgrade.
    resolve: async (request) => {
      const response = (await app.fetch(request)) as Response & { crossws?: object };
      return response.crossws ?? { upgrade: () => response };
    },
    serverOptions: { maxPayload: MAX_MESSAGE },
  });
  const free = await freePort(host, port);
  // listhen 1.10 reads NODE_ENV, HOST and argv, moves to another port, prints on stdout and ends the process on a
  // signal, each unless it is told otherwise.
  const listener = await listhen(toNodeHandler(app), {
    port: free,
    hostname: host,
    public: false,
    isProd: true,
    showURL: false,
    qr: false,
    open: false,
    clipboard: false,
    autoClose: false,
    ws: (request: IncomingMessage, head: Buffer) => {
      // A host that is none makes no URL, on which crossws 0.4 answers 500.
      if (!URL.canParse(`http://${request.headers.host}`)) {
        request.socket.write("HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n");
        // Not `end`: a client that keeps its half open would keep the server from closing.
        return request.socket.destroySoon();
      }
      void sockets.handleUpgrade(request, request.socket as Duplex as never, head);
    },
  });
  const { server } = listener;
  // What listhen adds beside our handler (http-shutdown 1.2) throws outside of any request when an answer is finished
  // after its connection is gone: a client that hangs up would end our process.
  for (const added of server.listeners("request").slice(1)) server.off("request", added as never);
  // Clients keep connections for long thinking pauses; Node's 5 s would cut them at the wrong moment.
  server.keepAliveTimeout = 120_000;
  // A held request is no slow request.
  server.requestTimeout = 0;
  return {
    host,
    port: free,
    close: async () => {
      sockets.closeAll(1001, "the server is stopping", true);
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      // Answers that are just being written go out to their end.
      const idle = setInterval(() => server.closeIdleConnections(), 10);
      await within(closed, LAST_WORDS, () => new Error("late")).catch(() => {});
      clearInterval(idle);
      server.closeAllConnections();
      // Of a socket that was upgraded and is nobody's the server does not know.
      await within(closed, LAST_WORDS, () => new Error("late")).catch(() => {});
    },
  };
}

/** listhen takes 0 for 3000 and does not tell a taken port from other errors: both are found out here. */
function freePort(host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", (cause: NodeJS.ErrnoException) => {
      const taken = cause.code === "EADDRINUSE";
      const message = taken
        ? `Port ${port} of ${host} is taken.`
        : `${host}:${port} cannot be listened at: ${cause.message}.`;
      const hint = taken
        ? "Another h2m may be running; choose a port with `--port` (0 = any free one)."
        : "Check `--host` and `--port`.";
      reject(new H2mError("port-taken", message, { hint, cause }));
    });
    probe.listen(port, host, () => {
      const { port: found } = probe.address() as { port: number };
      probe.close(() => resolve(found));
    });
  });
}
