import type { Fault } from "./argument-worker.mjs";
import { ArgumentThread, type Job, NotBegun } from "./argument-thread.ts";
import { abortable, deferred, within } from "../../kit/deadline.ts";

export interface QueueLimits {
  /** Threads at once. */
  readonly threads: number;
  /** What a check has to itself, its schema's compilation included, in ms. */
  readonly deadline: number;
  /** Until a check begins, in ms. */
  readonly patience: number;
  /** So long a check waits for the threads that there are, before another one is begun, in ms. */
  readonly haste: number;
}

const LIMITS: QueueLimits = { threads: 2, deadline: 2_000, patience: 10_000, haste: 200 };

interface Waiting {
  readonly schema: string;
  readonly begin: (thread: ArgumentThread) => void;
}

/**
 * Who checks next. Each owner has a line, and in it each schema: they take turns, so that whoever asks for many checks, or for
 * long ones, comes before another one once only.
 */
export class ArgumentQueue {
  readonly #limits: QueueLimits;
  readonly #owners = new Map<object, Map<string, Set<Waiting>>>();
  readonly #free: ArgumentThread[] = [];
  #threads = 0;

  constructor(limits: Partial<QueueLimits> = {}) {
    this.#limits = { ...LIMITS, ...limits };
  }

  /**
   * Each fault, in words.
   * @throws NotBegun; what {@link ArgumentThread.check} throws: then it is this schema's own fault; the signal's reason
   */
  async check(job: Job, owner: object, signal?: AbortSignal): Promise<Fault[]> {
    const thread = await this.#turn(job.schema, owner, signal);
    // Also one that nobody waits for any more goes on to its end.
    const checked = thread.check(job, this.#limits.deadline).finally(() => {
      this.#free.push(thread);
      this.#next();
    });
    return abortable(checked, signal);
  }

  /** A thread for one check. @throws NotBegun; the signal's reason */
  async #turn(schema: string, owner: object, signal?: AbortSignal): Promise<ArgumentThread> {
    const { patience, haste } = this.#limits;
    const { promise, resolve } = deferred<ArgumentThread>();
    const waiting = { schema, begin: resolve };
    const schemas = this.#owners.get(owner) ?? new Map<string, Set<Waiting>>();
    this.#owners.set(owner, schemas.set(schema, (schemas.get(schema) ?? new Set()).add(waiting)));
    if (this.#threads === 0) this.#more();
    this.#next();
    const impatient = setTimeout(() => this.#more(), haste);
    try {
      return await within(promise, patience, () => new NotBegun(patience), signal);
    } catch (error) {
      this.#take(owner, waiting);
      // It may have been given one at this very moment.
      void promise.then((thread) => this.#free.push(thread)).then(() => this.#next());
      throw error;
    } finally {
      clearTimeout(impatient);
    }
  }

  #more(): void {
    if (this.#threads === this.#limits.threads) return;
    this.#threads++;
    this.#free.push(new ArgumentThread());
    this.#next();
  }

  #next(): void {
    for (const [owner, schemas] of this.#owners) {
      const [first] = schemas.values().next().value ?? [];
      const thread = first && this.#free.pop();
      if (!thread) return;
      this.#take(owner, first);
      first.begin(thread);
    }
  }

  /** Out of its line; what is left of the line goes behind those of the others. */
  #take(owner: object, waiting: Waiting): void {
    const schemas = this.#owners.get(owner);
    const same = schemas?.get(waiting.schema);
    if (!schemas || !same?.delete(waiting)) return;
    schemas.delete(waiting.schema);
    if (same.size > 0) schemas.set(waiting.schema, same);
    this.#owners.delete(owner);
    if (schemas.size > 0) this.#owners.set(owner, schemas);
  }
}
