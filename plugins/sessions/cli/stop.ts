import { type CommandContext, H2mError, type RunningH2m } from "../../../src/plugin.ts";
import type { ListedSession } from "../listing.ts";
import { labelOf, meant, problemOf, sessionsAt } from "./server.ts";

/** Sessions that end at once: each has processes to end, and each request shows anew who is asked. */
const AT_ONCE = 8;

/** `h2m stop <session> ...|--all`. Nothing is ended if one of them is not there. @throws H2mError `bad-usage`, `unknown-session` */
export async function stop(context: CommandContext): Promise<void> {
  const { words, flags, signal, note } = context;
  const all = flags["all"] === true;
  if (all === words.length > 0)
    throw new H2mError(
      "bad-usage",
      all
        ? "`--all` and the name of a session exclude each other."
        : "`h2m stop` needs to know which session.",
      { hint: "Write `h2m stop <session>` with one that `h2m ps` lists, or `h2m stop --all`." },
    );
  const server = await context.server();
  const { sessions } = await sessionsAt(server, signal);
  const chosen = all ? sessions : [...new Set(words.map((word) => meant(word, sessions)))];
  if (chosen.length === 0) note("No session is open.");
  const open = [...chosen];
  const work = async () => {
    for (let next = open.shift(); next; next = open.shift())
      note(await ended(server, next, signal));
  };
  const done = await Promise.allSettled(Array.from({ length: AT_ONCE }, work));
  const failure = done.find((each) => each.status === "rejected");
  if (failure) throw failure.reason;
}

/** Ends one, and gives what to tell of it. */
async function ended(
  server: RunningH2m,
  session: ListedSession,
  signal: AbortSignal,
): Promise<string> {
  const path = `/sessions/${encodeURIComponent(session.id)}`;
  const { status, text } = await server.ask("DELETE", path, { signal });
  if (status === 204) return `${labelOf(session)} has ended.`;
  if (status === 404) return `${labelOf(session)} had ended already.`;
  throw problemOf(server, status, text);
}
