import type { Session, Sessions } from "../../types/session.ts";
import { owned } from "./owners.ts";

/** The sessions as a plugin sees them: what its listeners throw is told with its name. Each session stays one and the same object. */
export function sessionsFor(plugin: string, sessions: Sessions): Sessions {
  const known = new WeakMap<Session, Session>();
  const own = (session: Session) => {
    const seen = known.get(session) ?? sessionFor(plugin, session);
    known.set(session, seen);
    return seen;
  };
  return {
    get harnesses() {
      return sessions.harnesses;
    },
    list: () => sessions.list().map(own),
    open: (target) => own(sessions.open(target)),
  };
}

function sessionFor(plugin: string, session: Session): Session {
  const on: Session["on"] = (event, listener) => {
    const listeners = owned(plugin, "its listeners", { [event]: listener });
    return session.on(event, listeners[event] ?? listener);
  };
  const bound = new Map<unknown, unknown>([["on", on]]);
  return new Proxy(session, {
    get: (_, key) => {
      if (bound.has(key)) return bound.get(key);
      const value: unknown = Reflect.get(session, key, session);
      if (typeof value !== "function") return value;
      // Its methods know no other `this`: they have private fields.
      bound.set(key, value.bind(session));
      return bound.get(key);
    },
  });
}
