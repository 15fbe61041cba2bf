import { inspect } from "node:util";
import { Writable } from "node:stream";
import { H2mError } from "../../errors.ts";
import { visible, visibleLines } from "../../kit/visible.ts";
import { hush } from "./first-steps.ts";
import type { LogLevel } from "../../types/config.ts";

/**
 * Takes the standard output for what this program is asked for. Everything else that is printed there, by a config file or
 * a library, goes to the standard error: on stdio nothing but JSON-RPC may stand between two messages.
 */
export function claimStdout(): Writable {
  const { stdout, stderr } = process;
  const write = stdout.write.bind(stdout);
  const own = new Writable({
    write: (chunk: Buffer, _encoding, done) => void write(chunk, (error) => done(error)),
  });
  stdout.write = stderr.write.bind(stderr) as typeof stdout.write;
  // Whoever read us has gone (`h2m tools | head`): there is nothing to say, and nobody to say it to.
  stdout.on("error", (error) => own.destroy(error));
  own.on("error", () => {});
  stderr.on("error", () => {});
  return own;
}

/** Resolves when the text is out, or nobody is there to read it. */
export function print(stdout: Writable, text: string): Promise<void> {
  hush();
  return new Promise((resolve) => stdout.write(text, () => resolve()));
}

/** Writes a line for a person, or several: what others have put into them steers no terminal. */
export function note(text: string): void {
  hush();
  process.stderr.write(`${visibleLines(text)}\n`);
}

/** Tells what the user should know, unless the log is to be without warnings. */
export function warn(level: LogLevel, messages: readonly string[]): void {
  if (level === "silent" || level === "error") return;
  for (const message of messages) note(`h2m: warn: ${visible(message)}`);
}

/** Writes a line of the log: with the time, unless it stands on a terminal that somebody watches. */
export function logLine(text: string): void {
  note(process.stderr.isTTY ? text : `${new Date().toISOString()} ${text}`);
}

/** A result as it is for a program, and for a person on a terminal with all that would steer it in letters. */
export function printText(stdout: Writable, text: string): Promise<void> {
  return print(stdout, process.stdout.isTTY ? visibleLines(text) : text);
}

/** Says what went wrong: message and hint; the whole cause on request. */
export function complain(error: unknown, debug = false): void {
  const known = H2mError.from(error);
  note(`h2m: ${indented(known.message)}`);
  if (known.hint !== undefined) note(`     ${indented(known.hint)}`);
  if (debug) note(`     ${indented(inspect(error))}`);
}

/** The later lines of a text begin as none of ours does: what a harness printed forges none. */
function indented(text: string): string {
  return text.replaceAll("\n", "\n     ");
}

/** 2: what the user wrote is wrong; 1: what was asked for has failed. */
export function exitCodeOf(error: unknown): 1 | 2 {
  const { code } = H2mError.from(error);
  return ["bad-usage", "bad-config", "unknown-harness", "untrusted"].includes(code) ? 2 : 1;
}
