import { seconds } from "../../kit/deadline.ts";
import type { H2m } from "../../h2m.ts";
import { visible } from "../../kit/visible.ts";
import type { LogLevel } from "../../types/config.ts";
import type { SessionInfo } from "../../types/session.ts";

type Level = Exclude<LogLevel, "silent">;
const WEIGHTS: Readonly<Record<LogLevel, number>> = {
  silent: 0,
  error: 1,
  warn: 2,
  info: 3,
  debug: 4,
};

export interface LogOptions {
  readonly level: LogLevel;
  /** Takes one line, without its end. */
  readonly write: (line: string) => void;
  /** Never to be written. */
  readonly secrets: readonly (string | undefined)[];
  /** Whoever asked hears of a harness that ends. @default false: it is told here */
  readonly exitsAreHeard?: boolean;
}

/** Tells on the standard error what happens, one line each. Arguments and results of calls are nobody's business. */
export function logTo(h2m: Pick<H2m, "on">, options: LogOptions): void {
  const say = (level: Level, line: string) => {
    if (WEIGHTS[level] > WEIGHTS[options.level]) return;
    const prefix = level === "info" || level === "debug" ? "" : `${level}: `;
    // One line, also of a text that has many: whoever reads the log can trust how each line begins.
    options.write(visible(withoutSecrets(`h2m: ${prefix}${line}`, options.secrets)));
  };
  h2m.on("session:open", ({ session }) =>
    say("info", `${called(session)} opened${by(session, " for ")}`),
  );
  h2m.on("session:close", ({ session, reason, calls, ms }) => {
    const counts = `${calls} ${calls === 1 ? "call" : "calls"} in ${seconds(ms)}`;
    say("info", `${called(session)}${by(session, " of ")} closed after ${counts}: ${reason}`);
  });
  h2m.on("host:start", ({ harness, version, pid, cwd }) =>
    say("info", `${harness}${version ? ` ${version}` : ""} started in ${cwd} (pid ${pid})`),
  );
  h2m.on("host:exit", ({ harness, pid, code, signal, expected, tail }) => {
    const how = signal === null ? `with code ${code}` : `by ${signal}`;
    if (expected || options.exitsAreHeard) say("debug", `${harness} (pid ${pid}) ended ${how}`);
    else say("error", `${harness} (pid ${pid}) ended ${how}${tail ? `: ${tail}` : ""}`);
  });
  h2m.on("turn", ({ session, api, model, role }) =>
    say("debug", `${called(session)}: ${role} turn over ${api} for ${model}`),
  );
  h2m.on("tools", ({ session, names }) =>
    say("info", `${called(session)} has ${names.length} tools`),
  );
  h2m.on("call:start", ({ session, id, name }) =>
    say("debug", `${called(session)}: ${name} begins (${id})`),
  );
  h2m.on("call:end", ({ session, name, ms, result, error }) => {
    const ended = error ? `: ${error.text}` : result?.isError ? " (a tool error)" : "";
    say("info", `${called(session)}: ${name} ${Math.round(ms)} ms${ended}`);
  });
  h2m.on("warning", ({ message }) => say("warn", message));
  h2m.on("error", ({ error }) => {
    say("error", error.text);
    for (const frame of framesOf(error)) say("debug", frame);
  });
}

function called({ harness, name, id }: SessionInfo): string {
  return `${harness}/${name ?? id.slice(0, 6)}`;
}

/** A client, as it calls itself; a shared session tells the one that opened it. */
function by({ client }: SessionInfo, word: string): string {
  if (!client) return "";
  return `${word}${client.name}${client.version === undefined ? "" : ` ${client.version}`}`;
}

/** Where an error was made, without its message, which is told already. */
function framesOf({ stack = "" }: Error): string[] {
  return stack.split("\n").filter((line) => /^\s+at /.test(line));
}

/** The end of a harness's output may show the key that it was given. */
function withoutSecrets(line: string, secrets: LogOptions["secrets"]): string {
  const masked = line.replace(/h2mhost_\w+/g, "h2mhost_***");
  return secrets.reduce<string>(
    (text, secret) => (secret ? text.replaceAll(secret, "***") : text),
    masked,
  );
}
