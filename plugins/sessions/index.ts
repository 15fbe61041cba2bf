import {
  definePlugin,
  H2mError,
  type H2mContext,
  Recorder,
  type RecorderOptions,
  type Session,
} from "../../src/plugin.ts";
import { EventStream } from "./events.ts";
import { type ListedSession, listed } from "./listing.ts";

export interface SessionsPluginOptions extends RecorderOptions {
  /** Milliseconds between signs of life on a stream of events. */
  readonly heartbeat: number;
}

/** What `GET /sessions` answers. */
export interface SessionsAnswer {
  readonly version: string;
  /** Of the server itself. */
  readonly pid: number;
  /** ISO 8601. */
  readonly started: string;
  readonly sessions: readonly ListedSession[];
}

/** Most who watch sessions at once: each may have some hundred kilobytes waiting. */
const MOST_STREAMS = 64;

/** What runs here, for whoever has the token: `GET /sessions`, `DELETE /sessions/:id`, `GET /sessions/:id/events`. */
export default definePlugin((options: SessionsPluginOptions) => ({
  name: "sessions",
  setup: (h2m) => {
    const recorder = new Recorder(options);
    const streams = new Set<EventStream>();
    const started = new Date().toISOString();
    h2m.app.get("/sessions", async (): Promise<SessionsAnswer> => {
      const sessions = await listed(h2m.sessions.list());
      return { version: h2m.version, pid: process.pid, started, sessions };
    });
    h2m.app.delete("/sessions/:id", async (event) => {
      await found(h2m, event.context.params?.["id"]).close("it was ended by request");
      return new Response(null, { status: 204 });
    });
    h2m.app.get("/sessions/:id/events", (event) => {
      const session = found(h2m, event.context.params?.["id"]);
      if (streams.size >= MOST_STREAMS) throw crowded();
      const { heartbeat } = options;
      const stream = new EventStream(h2m, session, { recorder, heartbeat }, () =>
        streams.delete(stream),
      );
      streams.add(stream);
      return stream.response;
    });
    return () => {
      for (const stream of streams) stream.close();
    };
  },
}));

/** @throws H2mError `unknown-session` */
function found({ sessions }: H2mContext, id: string | undefined): Session {
  const session = sessions.list().find((each) => each.id === id);
  if (session) return session;
  throw new H2mError("unknown-session", "There is no session with this id here.", {
    hint: "It may have ended: `GET /sessions` lists those that are open.",
  });
}

function crowded(): H2mError {
  return new H2mError("too-many-sessions", `${MOST_STREAMS} streams of events are open.`, {
    hint: "Close one of them.",
  });
}
