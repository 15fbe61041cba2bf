import type { Fault } from "./argument-worker.mjs";
import { existsSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { H2mError } from "../../errors.ts";
import { deferred, seconds, within } from "../../kit/deadline.ts";
import { ROLE } from "./argument-worker.mjs";

/** Until a thread has begun, in ms. */
const PATIENCE = 10_000;
/** Of the thread's heap, in MB: references that are written out may ask for any. */
const HEAP = 256;

/** Beside this module where it is source, and above or beside it in `dist`. */
const PROGRAM = ["./argument-worker.mjs", "../argument-worker.mjs"]
  .map((path) => new URL(path, import.meta.url))
  .find((url) => existsSync(url));

export interface Job {
  /** Both as JSON. */
  readonly schema: string;
  readonly args: string;
}

type Said = { readonly faults: Fault[] } | { readonly error: string };

/**
 * Checks arguments in a thread of its own: a schema from outside may take any time and any memory. A thread that is late is
 * ended; the next check begins another one.
 */
export class ArgumentThread {
  #thread: Promise<Worker> | undefined;

  /**
   * Each fault, in words. One at a time, each within so many ms.
   * @throws NotBegun; H2mError `internal`: there can be no thread; `timeout`, `bad-request`: of this schema
   */
  async check(job: Job, ms: number): Promise<Fault[]> {
    this.#thread ??= this.#begun();
    const thread = await this.#thread;
    const said = deferred<Said>();
    const gone = deferred<Said>();
    const onExit = () => gone.resolve({ error: "its check took too much memory" });
    thread.once("message", said.resolve).once("exit", onExit);
    // Whoever waits for a check keeps the process; a thread without work does not.
    thread.ref();
    try {
      thread.postMessage(job);
      const answer = await within(Promise.race([said.promise, gone.promise]), ms, () => late(ms));
      if ("faults" in answer) return answer.faults;
      throw new H2mError("bad-request", answer.error);
    } catch (error) {
      if ((error as H2mError).code === "timeout") this.#end(thread);
      throw error;
    } finally {
      thread.off("message", said.resolve).off("exit", onExit);
      thread.unref();
    }
  }

  async #begun(): Promise<Worker> {
    if (!PROGRAM) throw new H2mError("internal", "the program that checks them is missing");
    const thread = new Worker(PROGRAM, {
      workerData: ROLE,
      // Nothing of ours is for it, and what it prints is for nobody: our own stdout may be a client's.
      env: {},
      execArgv: [],
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: HEAP },
    });
    const ready = deferred<string>();
    thread.once("message", () => ready.resolve(""));
    // An error is followed by the exit, which says enough.
    thread.on("error", (error) => ready.resolve(error.message));
    thread.once("exit", () => (this.#thread = undefined));
    thread.unref();
    try {
      const failed = await within(ready.promise, PATIENCE, () => new NotBegun(PATIENCE));
      if (failed) throw new H2mError("internal", `the thread that checks them failed: ${failed}`);
    } catch (error) {
      this.#end(thread);
      throw error;
    }
    return thread;
  }

  #end(thread: Worker): void {
    this.#thread = undefined;
    void thread.terminate();
  }
}

function late(ms: number): H2mError {
  return new H2mError("timeout", `that took longer than ${seconds(ms)}`);
}

/** Its turn has not come: nothing is known of the schema. */
export class NotBegun extends Error {
  constructor(ms: number) {
    super(`Its check did not begin within ${seconds(ms)}: other work took that long.`);
  }
}
