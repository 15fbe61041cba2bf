import type { Session } from "../types/session.ts";
import { configLines } from "./greeting.ts";
import type { Flags } from "./invocation.ts";
import { type Lifetime, stopped, withH2m } from "./lifetime.ts";
import { logTo } from "./log.ts";
import { note } from "./output.ts";
import type { Settings } from "./settings.ts";
import { forOneClient } from "./target.ts";

/** Does one thing with a harness of its own, and ends it. */
export async function withSession(
  settings: Settings,
  flags: Flags,
  life: Lifetime,
  use: (session: Session, signal: AbortSignal) => Promise<number>,
): Promise<number> {
  const config = forOneClient(settings.config, flags);
  // What is asked for is the output: the rest is told only if something is wrong, or on request.
  const level = settings.said.log?.level ?? "warn";
  const loaded = settings.file !== undefined || settings.profile !== undefined;
  if (loaded && level !== "silent") note(configLines(settings));
  return withH2m(life, config, { http: false }, async (h2m) => {
    logTo(h2m, { level, write: note, secrets: [h2m.attachKey], exitsAreHeard: true });
    const session = h2m.sessions.open({});
    session.join();
    // Interrupted, it has not done what was asked for.
    const interrupted = stopped(life).then(() => 1);
    return Promise.race([use(session, life.signal), interrupted]);
  });
}
