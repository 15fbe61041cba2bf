import type { IncomingMessage, ServerResponse } from "node:http";
import { type H3, toNodeHandler } from "h3";
import type { H2mError } from "../errors.ts";
import { createApp } from "./app.ts";
import type { NodeHandler } from "../types/h2m.ts";
import type { GuardOptions } from "./guard.ts";

/** Harnesses of this machine come to this address where another program serves the clients. */
const LOOPBACK = "127.0.0.1";

/** Where requests come in. */
export interface Doors {
  /** Of clients, and of whoever has the token. Plugins add their routes here. */
  readonly app: H3;
  /** Of harnesses. The same one, unless another program serves the clients: it shall not show them our LLM API. */
  readonly hijack: H3;
  /** Where `hijack` is listened at, and `app` with it if it is the same. 0: any free port. */
  readonly place: { readonly host: string; readonly port: number };
}

export interface DoorsOptions {
  readonly guard: Omit<GuardOptions, "embedded"> & { readonly port: number };
  readonly version: string;
  /** Another program serves the clients. */
  readonly embedded: boolean;
  readonly report: (error: H2mError) => void;
}

export function createDoors({ guard, version, embedded, report }: DoorsOptions): Doors {
  if (!embedded) {
    const app = createApp(guard, version, report);
    return { app, hijack: app, place: guard };
  }
  const place = { host: LOOPBACK, port: 0 };
  return {
    app: createApp({ ...guard, hijackRoots: [], embedded }, version, report),
    hijack: createApp({ ...guard, host: LOOPBACK, allowedHosts: [] }, version, report),
    place,
  };
}

export function nodeHandlerOf(app: H3): NodeHandler {
  const handle = toNodeHandler(app);
  return (request, response) => {
    if (isReadAlready(request)) return refuseRead(response);
    void handle(request, response);
  };
}

/** Its body was read by somebody before us: we would wait for it for ever. */
function isReadAlready({ headers, readableEnded }: IncomingMessage): boolean {
  const length = headers["content-length"] ?? "0";
  return readableEnded && (length !== "0" || headers["transfer-encoding"] !== undefined);
}

function refuseRead(response: ServerResponse): void {
  const error =
    "The body was read before h2m had it: hand the request over before `express.json()` or another parser of bodies.";
  response.writeHead(500, { "content-type": "application/json" });
  response.end(JSON.stringify({ error }));
}
