import type { CreateOptions, H2m } from "../../h2m.ts";
import type { Session } from "../../types/session.ts";
import { configLines } from "../output/greeting.ts";
import type { Flags } from "../input/invocation.ts";
import { type Lifetime, stopped, withH2m } from "./lifetime.ts";
import { tellSteps } from "../output/first-steps.ts";
import { frozenLock } from "../input/lock-file.ts";
import { logTo } from "../output/log.ts";
import { logLine, note } from "../output/output.ts";
import type { Settings } from "../input/settings.ts";
import { forOneClient } from "./target.ts";

/** Does one thing with harnesses of its own, and ends them. */
export async function withHarnesses(
  settings: Settings,
  flags: Flags,
  life: Lifetime,
  options: CreateOptions,
  use: (h2m: H2m, signal: AbortSignal) => Promise<number>,
): Promise<number> {
  const config = forOneClient(settings.config, flags);
  // What is asked for is the output: the rest is told only if something is wrong, or on request.
  const level = settings.said.log?.level ?? "warn";
  const loaded = settings.file !== undefined || settings.profile !== undefined;
  if (loaded && level !== "silent") note(configLines(settings));
  const lock = await frozenLock(settings, config, flags);
  return withH2m(life, config, { ...options, http: false, lock }, async (h2m) => {
    logTo(h2m, { level, write: logLine, secrets: [h2m.attachKey], exitsAreHeard: true });
    const quiet = tellSteps(h2m, level);
    // Interrupted, it has not done what was asked for.
    const interrupted = stopped(life).then(() => life.code());
    return Promise.race([use(h2m, life.signal), interrupted]).finally(quiet);
  });
}

/** The same with the session that a client would get. */
export function withSession(
  settings: Settings,
  flags: Flags,
  life: Lifetime,
  options: CreateOptions,
  use: (session: Session, signal: AbortSignal) => Promise<number>,
): Promise<number> {
  return withHarnesses(settings, flags, life, options, (h2m, signal) => {
    const session = h2m.sessions.open({});
    session.join();
    return use(session, signal);
  });
}
