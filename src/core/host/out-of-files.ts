import { H2mError } from "../../errors.ts";

const CODES = new Set<unknown>(["EMFILE", "ENFILE"]);

/** Whether something failed because this process, or the machine, has too many files and sockets open. */
export function isOutOfFiles(error: unknown): boolean {
  if (typeof error !== "object" || error === null) return false;
  if ("code" in error && CODES.has(error.code)) return true;
  return "cause" in error && isOutOfFiles(error.cause);
}

/** For what Node does not throw by itself. */
export function tooManyFiles(): Error {
  return Object.assign(new Error("too many open files"), { code: "EMFILE" });
}

/** The same error, told for whoever can do something about it. */
export function outOfFiles(harness: string, cause: unknown): H2mError {
  const message = `\`${harness}\` could not be started: too many files and connections are open.`;
  return new H2mError("harness-exited", message, {
    hint: "Close sessions or clients, or raise the limit (`ulimit -n`) before h2m starts.",
    cause,
  });
}
