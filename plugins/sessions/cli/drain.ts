import { type CommandContext, H2mError, numberOf, parseObject } from "../../../src/plugin.ts";
import { problemOf } from "./server.ts";

/** `h2m drain`: the running server takes no new session, and ends when its calls have. @throws H2mError `bad-usage` */
export async function drain(context: CommandContext): Promise<void> {
  const { words, signal, note } = context;
  if (words.length > 0)
    throw new H2mError("bad-usage", "`h2m drain` takes no words.", {
      hint: "The server is the one that the config, --host and --port lead to.",
    });
  const server = await context.server();
  const { status, text } = await server.ask("POST", "/drain", { body: {}, signal });
  const answer = parseObject(text);
  if (status !== 202 || !answer) throw problemOf(server, status, text);
  const running = numberOf(answer["running"]) ?? 0;
  const limit = numberOf(answer["limit"]) ?? 0;
  note(
    running === 0
      ? `${server.url} ends: no call runs.`
      : `${server.url} ends when the calls that run (${running}) have ended, in ${limit / 1000} s at the latest.`,
  );
}
