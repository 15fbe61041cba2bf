import type { Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { version } from "../../../package.json" with { type: "json" };
import type { OwnedCommand } from "../../commands.ts";
import { owned } from "../../core/plugins/owners.ts";
import { H2mError } from "../../errors.ts";
import { launchers } from "../../built-in.ts";
import { keptSecret, renewSecret, secretFile } from "../../server/secrets.ts";
import type { CommandContext } from "../../types/command.ts";
import type { Flags } from "../input/invocation.ts";
import type { Settings } from "../input/settings.ts";
import { askOnTerminal } from "../output/ask.ts";
import { note, print, warn } from "../output/output.ts";
import { selfLine } from "../output/own-command.ts";
import { type Lifetime, stopped } from "../server/lifetime.ts";
import { withSession } from "../server/one-session.ts";
import { RunningServer } from "../server/running-server.ts";
import { picked } from "../server/target.ts";

/** Milliseconds that a command has to end after the user has interrupted it. */
const GRACE = 1_000;

export interface Running {
  readonly words: readonly string[];
  readonly flags: Flags;
  readonly life: Lifetime;
  readonly stdout: Writable;
  /** Reads them once, asking on a terminal where a folder is not trusted. */
  readonly read: () => Promise<Settings>;
}

/** Runs the command of a plugin. @throws what it throws, with the plugin's name; H2mError `internal` for an impossible exit code */
export async function runCommand(
  { plugin, command }: OwnedCommand,
  running: Running,
): Promise<number> {
  const { life, stdout } = running;
  const what = `the command \`${command.name}\``;
  const unread = new AbortController();
  stdout.once("close", () => unread.abort());
  const signal = AbortSignal.any([life.signal, unread.signal]);
  // `h2m logs mine | head -1` has had what it wanted.
  const codeOfStop = () => (life.signal.aborted ? life.code() : 0);
  const run = async () => owned(plugin, what, command).run(contextOf(running, signal));
  const work = run().catch((error: unknown) => {
    if (signal.aborted) return codeOfStop();
    throw error;
  });
  const interrupted = stopped({ signal })
    .then(() => Promise.race([work, sleep(GRACE, undefined, { ref: false })]))
    .then(codeOfStop);
  const code = (await Promise.race([work, interrupted])) ?? 0;
  if (Number.isInteger(code) && code >= 0 && code <= 255) return code;
  throw new H2mError(
    "internal",
    `The plugin \`${plugin}\` failed in \`run\` of ${what}: it must give an exit code from 0 to 255, not ${JSON.stringify(code)}.`,
  );
}

function contextOf(
  { words, flags, life, stdout, read }: Running,
  signal: AbortSignal,
): CommandContext {
  let reading: Promise<Settings> | undefined;
  let found: Settings | undefined;
  const settings = async () => {
    reading ??= read();
    if (!found) {
      found = await reading;
      warn(found.config.log.level, found.warnings);
    }
    return found;
  };
  const { profile } = flags;
  return {
    words,
    flags: flags as CommandContext["flags"],
    version,
    signal,
    terminal: process.stderr.isTTY === true,
    token: {
      file: secretFile("token", profile),
      read: () => keptSecret("token", profile),
      renew: () => renewSecret("token", profile),
    },
    print: (text) => print(stdout, text),
    note,
    ask: async (question) =>
      process.stdin.isTTY === true &&
      process.stderr.isTTY === true &&
      (await askOnTerminal(question, life.signal)).answer === "accept",
    settings,
    launchers: () => launchers(found?.config.plugins),
    session: async (harness, use, { fresh } = {}) => {
      const named = await settings();
      const config = picked(named.config, [harness], "");
      let done: { readonly value: Awaited<ReturnType<typeof use>> } | undefined;
      await withSession({ ...named, config }, flags, life, { fresh }, async (session, signal) => {
        done = { value: await use(session, signal) };
        return 0;
      });
      if (!done) throw new H2mError("cancelled", "It was interrupted.");
      // All of it has ended by now, and what it keeps is written.
      return done.value;
    },
    server: async () => {
      const { config } = await settings();
      const { server } = config;
      const token = server.auth
        ? (server.token ?? (await keptSecret("token", profile)))
        : undefined;
      return new RunningServer(server.host, server.port, token);
    },
    self: selfLine,
  };
}
