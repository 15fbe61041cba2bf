import type { Writable } from "node:stream";
import { visible } from "../../kit/visible.ts";
import { mcpStdio } from "../../surfaces/mcp-stdio.ts";
import type { Flags } from "../input/invocation.ts";
import { type Lifetime, stopped, withH2m } from "../server/lifetime.ts";
import { frozenLock } from "../input/lock-file.ts";
import { logTo } from "../output/log.ts";
import { configLines } from "../output/greeting.ts";
import { logLine, note } from "../output/output.ts";
import { configSource, reloadOnRequest } from "../server/reload.ts";
import type { Settings } from "../input/settings.ts";
import { forOneClient, picked, withHarness } from "../server/target.ts";

/** Node's timers take no more. */
const NEVER = 2 ** 31 - 1;

/** `h2m --stdio [<harness>]`: serves MCP on stdin and stdout until the client closes them. */
export async function stdio(
  settings: Settings,
  words: readonly string[],
  flags: Flags,
  life: Lifetime,
  stdout: Writable,
): Promise<number> {
  const configOf = (read: Settings) => {
    const one = forOneClient(withHarness(read.config, words), flags);
    // A client on stdio cannot open a new session: its own lasts as long as the client, unless the user wants otherwise.
    const idle = read.said.timeouts?.idle ?? NEVER;
    return { ...one, timeouts: { ...one.timeouts, idle } };
  };
  const config = configOf(settings);
  picked(settings.config, words);
  const { level } = config.log;
  if (level === "info" || level === "debug") note(configLines(settings));
  const lock = await frozenLock(settings, config, flags);
  const source = configSource(settings, flags, configOf);
  const secretsOf = settings.profile;
  return withH2m(life, config, { http: false, lock, source, secretsOf }, async (h2m) => {
    const write = logLine;
    logTo(h2m, { level, write, secrets: [h2m.attachKey] });
    const connection = mcpStdio({
      session: h2m.shown(h2m.sessions.open({})),
      version: h2m.version,
      heartbeat: config.heartbeat,
      stdin: process.stdin,
      stdout,
      onError: (error) => {
        if (level === "debug" || level === "info") write(`h2m: ${visible(error.text)}`);
      },
    });
    const stop = reloadOnRequest(h2m, life, settings);
    await Promise.race([connection.ended, stopped(life)]);
    stop();
    await connection.close();
    return life.failed() ? 1 : 0;
  });
}
