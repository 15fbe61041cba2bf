import { H2mError } from "../../errors.ts";
import type { H2m } from "../../h2m.ts";
import { visible } from "../../kit/visible.ts";
import { greeting } from "../output/greeting.ts";
import type { Flags } from "../input/invocation.ts";
import { type Lifetime, stopped, withH2m } from "../server/lifetime.ts";
import { frozenLock } from "../input/lock-file.ts";
import { logTo } from "../output/log.ts";
import { configSource, reloadOnRequest } from "../server/reload.ts";
import { complain, exitCodeOf, logLine, note } from "../output/output.ts";
import type { Settings } from "../input/settings.ts";
import { picked, withHarness } from "../server/target.ts";

/** The exit code of what SIGTERM has ended. */
const TERMINATED = 143;

/** `h2m [<harness>]`: serves MCP over HTTP until it is told to stop. */
export async function serve(
  settings: Settings,
  words: readonly string[],
  flags: Flags,
  life: Lifetime,
): Promise<number> {
  const configOf = (read: Settings) => withHarness(read.config, words);
  const config = configOf(settings);
  picked(settings.config, words);
  const { level } = config.log;
  const lock = await frozenLock(settings, config, flags);
  const source = configSource(settings, flags, configOf);
  const { profile } = settings;
  const serving = withH2m(life, config, { lock, source, secretsOf: profile }, async (h2m) => {
    logTo(h2m, { level, write: logLine, secrets: [h2m.token, h2m.attachKey] });
    const quiet = level !== "info" && level !== "debug";
    const terminal = process.stderr.isTTY === true;
    if (!quiet) note(greeting(h2m, { ...settings, config, terminal, words, flags }));
    const looked = Object.keys(config.harnesses).map((name) => introduce(h2m, name, quiet));
    const named = words.length > 0 ? Promise.all(looked).then(firstError) : undefined;
    const stop = reloadOnRequest(h2m, life, settings);
    // A harness that was asked for by name and is not there leaves nothing to serve.
    const asked = h2m.drained.then(() => 0);
    const code = await Promise.race([leave(h2m, life), asked, ...(named ? [named] : [])]);
    stop();
    return code ?? (life.failed() ? 1 : 0);
  });
  return serving.catch(async (error: unknown) => {
    if (H2mError.from(error).code !== "port-taken") throw error;
    const { withOther } = await import("../server/other-server.ts");
    throw await withOther(error, { config, flags, profile });
  });
}

/** Until it is told to stop; after a SIGTERM calls that run have `timeouts.drain` to end. A second signal ends all at once. */
async function leave(h2m: H2m, life: Lifetime): Promise<undefined> {
  await stopped(life);
  const { drain } = h2m.config.timeouts;
  if (drain === 0 || life.failed() || life.code() !== TERMINATED) return undefined;
  logLine(`h2m: calls that run have ${drain / 1000} s to end; a second signal ends them now.`);
  await h2m.drain();
  return undefined;
}

/** Prints harness and version as soon as they are known. The server listens meanwhile. */
async function introduce(h2m: H2m, name: string, quiet: boolean): Promise<unknown> {
  try {
    const { version, command } = await h2m.install(name);
    const told = `harness: ${name}${version ? ` ${version}` : ""} (${command})`;
    if (!quiet) note(visible(told));
    return undefined;
  } catch (error) {
    complain(error);
    return error;
  }
}

function firstError(errors: readonly unknown[]): Promise<number> | number {
  const error = errors.find((each) => each !== undefined);
  if (error !== undefined) return exitCodeOf(H2mError.from(error));
  return new Promise<number>(() => {});
}
