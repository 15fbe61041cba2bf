import { assertBodySize, defineWebSocketHandler, getRouterParams, type H3, type H3Event } from "h3";
import { H2mError } from "../errors.ts";
import { statesLength } from "../kit/body.ts";
import { statusOf } from "../kit/status.ts";
import type { ApiAdapter, PathParams } from "../types/api.ts";
import { pathsOf } from "../core/plugins/registry.ts";
import type { Admission } from "./admit.ts";
import { handOver, StreamedReply, WholeReply } from "./reply-events.ts";
import { readJson } from "./read-json.ts";
import { sseResponse } from "./sse.ts";
import { socketHooks } from "./socket.ts";

/** Where the hijack API stands below the server's root. */
export const HIJACK_PATH = "/harness_to_mcp";
/** Largest request body, in bytes: a history is sent again and again, and grows. */
const MAX_BODY = 64 * 1024 * 1024;

/** What a request for a harness begins with: these routes ask for keys instead of the token. */
export function hijackRoots(apis: Iterable<ApiAdapter>): string[] {
  const firsts = [...apis].flatMap(pathsOf).map((path) => path.split("/")[1]);
  return [...new Set(["hosts", ...firsts])].map((first) => `${HIJACK_PATH}/${first}/`);
}

/** Adds the routes of every API to the app. */
export function addHijackRoutes(app: H3, apis: Iterable<ApiAdapter>, admission: Admission): void {
  for (const adapter of apis) {
    const path = HIJACK_PATH + adapter.path;
    app.post(path, (event) => orError(adapter, () => answer(event, adapter, admission)));
    if (adapter.unwrap) {
      app.get(
        path,
        defineWebSocketHandler((event) =>
          socketHooks(admission, adapter, event.req, paramsOf(event)),
        ),
      );
    }
    for (const endpoint of adapter.endpoints ?? []) {
      app.on(endpoint.method, HIJACK_PATH + endpoint.path, (event) =>
        orError(adapter, async () => {
          admission.caller(event.req.headers, adapter.keyHeader);
          assertBodySize(event, MAX_BODY);
          return endpoint.handle(event.req);
        }),
      );
    }
  }
  app.post(`${HIJACK_PATH}/hosts/**:path`, async (event) => {
    const caller = admission.caller(event.req.headers);
    const path = event.context.params?.["path"] ?? "";
    if (caller.kind !== "host" || !caller.holder.host.post(path, await bodyOf(event))) {
      throw new H2mError("unknown-session", `Nothing listens at \`hosts/${path}\`.`);
    }
    return {};
  });
}

async function answer(event: H3Event, adapter: ApiAdapter, admission: Admission): Promise<unknown> {
  const { headers } = event.req;
  const caller = admission.caller(headers, adapter.keyHeader);
  const params = paramsOf(event);
  const body = await bodyOf(event);
  const { turn, serve } = admission.admit(caller, adapter, { headers, params, body });
  const encoder = adapter.encoder(turn);
  if (turn.stream) {
    let reply: StreamedReply | undefined;
    // None: its adapter could not begin one.
    const { response, sink } = sseResponse(event, () => reply?.hungUp());
    reply = new StreamedReply(encoder, sink, admission.replies);
    // Node's own response tells of a harness that goes: a signal for each request is made in vain.
    handOver(serve, reply, event.runtime?.node ? undefined : event.req.signal);
    return response();
  }
  const made = await new Promise<() => unknown>((resolve) => {
    handOver(serve, new WholeReply(encoder, resolve), event.req.signal);
  });
  return Response.json(made());
}

function paramsOf(event: H3Event): PathParams {
  return getRouterParams(event, { decode: true });
}

async function bodyOf(event: H3Event): Promise<unknown> {
  if (!statesLength(event.req.headers, MAX_BODY)) assertBodySize(event, MAX_BODY);
  return readJson(await event.req.text(), "body");
}

/** Errors in the API's own form, so that the harness can show them. */
async function orError(adapter: ApiAdapter, act: () => Promise<unknown>): Promise<unknown> {
  try {
    return await act();
  } catch (error) {
    const status = statusOf(error);
    const known =
      error instanceof H2mError
        ? error
        : new H2mError(status === 413 ? "too-large" : "internal", H2mError.from(error).message);
    const headers = status === 401 ? { "www-authenticate": 'Bearer realm="h2m"' } : undefined;
    return Response.json(adapter.error(known), { status, headers });
  }
}
