import { type ExecText, newChunk, parseExec, secondsOf } from "./exec-text.ts";
import type { Out } from "./out.ts";
import type { Terminal } from "./terminals.ts";
import { waitOf } from "./waits.ts";

/** How long one witness may lag behind the other, in ms. */
export const LAG = 2_000;
/** How long the items of a command that yields may lag behind the telemetry, in ms. */
const SHORT_LAG = 50;

/** What can be said of a call now; or after how many ms to look again at the latest; or nothing before one more word comes. */
export type Verdict =
  | { readonly text: ExecText; readonly lookIn?: undefined }
  | { readonly lookIn: number; readonly text?: undefined }
  | undefined;

/** The answer to `exec_command`, as far as the two witnesses know it. */
export function execVerdict(out: Out, terminal: Terminal | undefined): Verdict {
  const { report, lagged } = out;
  const parsed = report && parseExec(report.text);
  const exit = terminal?.exit;
  if (parsed?.exitCode !== undefined) {
    if (!report?.cut) return { text: parsed };
    if (exit) return { text: { ...parsed, body: exit.output } };
    if (!lagged) return { lookIn: LAG };
    return { text: { ...parsed, body: terminal?.transcript.text ?? parsed.body } };
  }
  if (!parsed && !lagged) return undefined;
  if (exit) {
    const seconds = secondsOf(exit.ms);
    const chunk = parsed?.chunk ?? newChunk();
    return {
      text: { chunk, seconds, exitCode: exit.code, sessionId: undefined, body: exit.output },
    };
  }
  return terminal && yieldVerdict(out, terminal, terminal.startedAt);
}

/** The answer to a `write_stdin` that is about a command of which all is heard. */
export function writeVerdict(out: Out, terminal: Terminal): Verdict {
  if (out.asked && !out.report && !out.lagged) return undefined;
  if (terminal.exit) return { text: yielded(out, terminal) };
  return yieldVerdict(out, terminal, out.sentAt);
}

/** What the command has printed since it was last asked for, and how it stands. It is told by this. */
export function yielded(out: Out, terminal: Terminal): ExecText {
  const since = out.terminal ? out.sentAt : terminal.startedAt;
  return {
    chunk: (out.report && parseExec(out.report.text)?.chunk) ?? newChunk(),
    seconds: secondsOf(Date.now() - since),
    exitCode: terminal.exit?.code,
    sessionId: terminal.sessionId,
    body: terminal.transcript.take(),
  };
}

/** At the end of the client's own wait. */
function yieldVerdict(out: Out, terminal: Terminal, since: number): Verdict {
  if (since + (waitOf(out.call) ?? 0) > Date.now()) return undefined;
  const body = out.report && parseExec(out.report.text)?.body;
  const lags = body !== undefined && body.length > terminal.transcript.text.length;
  return lags && !out.lagged ? { lookIn: SHORT_LAG } : { text: yielded(out, terminal) };
}
