import { type ChildProcess, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { H2mError } from "../../errors.ts";
import { isOutOfFiles } from "./out-of-files.ts";

/** A program that runs, with pipes to it. */
export interface Child extends ChildProcess {
  readonly pid: number;
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
}

/**
 * Starts a program in a process group of its own, so that a Ctrl-C in our terminal reaches us alone and we end it in order.
 * Not by execa: where no file descriptor is left, 9.6 throws, and lets the child's `error` event end our process.
 * @throws H2mError `harness-exited` if it cannot be started
 */
export async function startChild(
  command: string,
  args: readonly string[],
  { cwd, env }: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Promise<Child> {
  try {
    const child = spawn(command, args, { cwd, env, detached: true, stdio: "pipe" });
    // Before all else: the failure of a start, and later of a signal, is an event, which ends our process if nobody hears it.
    const failed = new Promise<unknown>((resolve) => child.on("error", resolve));
    // A harness that dies closes its pipes: whoever writes to it or reads from it hears of its exit.
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.on("error", () => {});
    if (child.pid === undefined) throw await failed;
    return child as ChildProcess as Child;
  } catch (error) {
    const { message: reason } = H2mError.from(error);
    const hint = `Check that the file is executable and that the folder ${cwd} exists.`;
    throw new H2mError("harness-exited", `\`${command}\` could not be started: ${reason}.`, {
      // Whoever launches says what to do about that one.
      ...(isOutOfFiles(error) ? {} : { hint }),
      cause: error,
    });
  }
}
