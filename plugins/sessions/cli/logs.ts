import { type CommandContext, H2mError, visibleJson } from "../../../src/plugin.ts";
import { type Told, Events, lineOf } from "./event-lines.ts";
import { meant, problemOf, sessionsAt } from "./server.ts";

/** Least milliseconds without a sign of life after which nobody is waited for. */
const PATIENCE = 60_000;

/** `h2m logs <session>`, until it ends. @throws H2mError `bad-usage`, `unknown-session`; `internal` if the stream was cut off */
export async function logs(context: CommandContext): Promise<void> {
  const { words, flags, signal, print } = context;
  const [word, ...more] = words;
  if (word === undefined || more.length > 0)
    throw new H2mError("bad-usage", "`h2m logs` takes one session.", {
      hint: "`h2m ps` lists them.",
    });
  const server = await context.server();
  const { id } = meant(word, (await sessionsAt(server, signal)).sessions);
  const { heartbeat } = (await context.settings()).config;
  let last: Told | undefined;
  let printed = Promise.resolve();
  const events = new Events((told) => {
    last = told;
    const line = flags["json"] ? visibleJson({ event: told.event, ...told.data }) : lineOf(told);
    printed = printed.then(() => print(`${line}\n`));
  });
  const path = `/sessions/${encodeURIComponent(id)}/events`;
  const patience = Math.max(PATIENCE, 4 * heartbeat);
  const onText = (text: string) => events.take(text);
  try {
    const { status, text } = await server.ask("GET", path, { onText, patience, signal });
    if (status !== 200) throw problemOf(server, status, text);
  } catch (cause) {
    if (last === undefined || signal.aborted) throw cause;
    throw new H2mError("internal", `${server.url} told no more of the session.`, {
      hint: "It was killed, or what it told was not read for too long. `h2m ps` says whether the session is open.",
      cause,
    });
  } finally {
    await printed;
  }
}
