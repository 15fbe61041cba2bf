import { H3, type H3Event } from "h3";
import { statusOf } from "../kit/status.ts";
import { H2mError } from "../errors.ts";
import { HIJACK_PATH } from "../hijack/routes.ts";
import { guard, type GuardOptions } from "./guard.ts";

/** The app with its guard and `/health`; everything else is added to it. */
export function createApp(
  options: GuardOptions,
  version: string,
  onError: (error: H2mError) => void,
): H3 {
  const app = new H3({
    silent: true,
    onError: (error, event) => asJson(error.cause ?? error, event, onError),
  });
  app.use(guard(options));
  const health = () => ({ status: "ok", version });
  app.get("/health", health);
  app.get(`${HIJACK_PATH}/health`, health);
  return app;
}

/** What a client should know beside some statuses; of 503: after how many seconds to come again. */
const HEADERS: Readonly<Record<number, Record<string, string>>> = {
  401: { "www-authenticate": 'Bearer realm="h2m"' },
  503: { "retry-after": "5" },
};

function asJson(error: unknown, event: H3Event, onError: (error: H2mError) => void): Response {
  const status = statusOf(error);
  const known = H2mError.from(error);
  // A body that its client did not send to the end is nobody's fault here.
  if (status === 500 && !event.req.signal.aborted) onError(known);
  const headers = HEADERS[status];
  return Response.json({ error: known.text }, { status, headers });
}
