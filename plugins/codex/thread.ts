import {
  arrayOf,
  H2mError,
  type HostIo,
  objectOf,
  type OutCall,
  type Outgoing,
  type Seat,
  stringOf,
  type ToolCall,
} from "../../src/plugin.ts";
import { ThreadCalls } from "./thread-calls.ts";
import { keepsThreads, threadOf } from "./launch.ts";
import { Questions } from "./questions.ts";
import type { Rpc } from "./rpc.ts";
import type { Trust } from "./trust.ts";

/** The shortest time from one turn to the next, in ms: what ended a turn at once may end the next one too. */
const PAUSE = 1_000;
/** Patches in one turn; each costs more than the one before, since codex 0.169 keeps the diff of the turn. */
const MAX_PATCHES = 200;
/** A thread with fewer calls, or characters in them, goes on with a new turn. */
const SHORT_CALLS = 900;
const SHORT_CHARACTERS = 1_000_000;
/** What a thread holds beside its history, by the calls that make it. */
const LOSSES: readonly (readonly [tool: string, loss: string])[] = [
  ["multi_agent_v1_spawn_agent", "the agents that were spawned"],
  ["create_goal", "the goal"],
];

export interface ThreadOptions {
  readonly host: HostIo;
  readonly rpc: Rpc;
  readonly trust: Trust;
  readonly seat: Seat;
}

/** @throws H2mError if codex refuses */
export async function startThread(options: ThreadOptions): Promise<Thread> {
  const { host, rpc, seat } = options;
  const answer = await rpc.request("thread/start", threadOf(seat, host.context));
  const id = stringOf(objectOf(answer["thread"])?.["id"]);
  if (id === undefined) throw new H2mError("internal", "codex started a thread without an id.");
  return new Thread(id, options);
}

/** A thread of codex: the place of one seat, until its history has grown. */
export class Thread {
  readonly id: string;
  readonly calls: ThreadCalls;
  readonly questions = new Questions((callId) => this.calls.has(callId));
  readonly #options: ThreadOptions;
  readonly #used = new Set<string>();
  #turnId: string | undefined;
  #startedAt = 0;
  #patches = 0;
  #calls = 0;
  #characters = 0;
  /** Its next turn is being started. */
  #renewing = false;
  /** Its seat was closed. */
  #over = false;
  /** The last turn, once it has an id. */
  #starting: Promise<void> | undefined;
  #onEnd: (() => void) | undefined;

  constructor(id: string, options: ThreadOptions) {
    this.id = id;
    this.#options = options;
    this.calls = new ThreadCalls(options.host, options.seat, options.trust);
  }

  /** How much has gathered in the turn: from 1 on, a new one is due. */
  get growth(): number {
    return this.#patches / MAX_PATCHES;
  }

  /** The history is not worth an end. */
  get isShort(): boolean {
    return this.#calls < SHORT_CALLS && this.#characters < SHORT_CHARACTERS;
  }

  /** What ends with the thread. */
  get losses(): string[] {
    return LOSSES.filter(([tool]) => this.#used.has(tool)).map(([, loss]) => loss);
  }

  /** Commands run in it, which `write_stdin` could not reach from another thread. */
  async isBusy(): Promise<boolean> {
    const { data } = await this.#request("thread/backgroundTerminals/list");
    return (arrayOf(data) ?? []).length > 0;
  }

  send(call: ToolCall, out: OutCall): Outgoing {
    this.#calls++;
    this.#characters += JSON.stringify(call.arguments).length;
    this.#used.add(call.name);
    if (call.name === "apply_patch") this.#patches++;
    return this.calls.send(call, this.questions.over(call, out));
  }

  async startTurn(): Promise<void> {
    if (this.#over) throw new H2mError("closed", "The session was closed.");
    this.#startedAt = Date.now();
    this.#patches = 0;
    const input = [{ type: "text", text: this.#options.seat.prompt, text_elements: [] }];
    this.#starting = this.#request("turn/start", { input }).then(({ turn }) =>
      this.turnStarted(stringOf(objectOf(turn)?.["id"])),
    );
    await this.#starting;
  }

  /** A new turn after the running one; the history stays. */
  async renewTurn(): Promise<void> {
    this.#renewing = true;
    try {
      const ended = new Promise<void>((resolve) => (this.#onEnd = resolve));
      if (this.#turnId !== undefined) {
        await this.#request("turn/interrupt", { turnId: this.#turnId });
        await ended;
      }
      const { host, seat } = this.#options;
      // The seat may have been closed meanwhile.
      if (!this.#over) host.bind(seat.id, this.id);
      await this.startTurn();
    } finally {
      this.#renewing = false;
    }
  }

  turnStarted(turnId: string | undefined): void {
    this.#turnId = turnId;
  }

  turnEnded(): void {
    this.#turnId = undefined;
    this.#onEnd?.();
    // Nothing of ours ends a turn while the seat is open; without one no call could go out.
    const pause = Math.max(0, this.#startedAt + PAUSE - Date.now());
    setTimeout(() => {
      if (this.#over || this.#renewing || this.#turnId !== undefined) return;
      this.startTurn().catch((error) => this.#options.host.warn(H2mError.from(error).message));
    }, pause).unref();
  }

  /** Ends it. `clean`: with the commands that it runs. */
  async end(clean: boolean): Promise<void> {
    this.#over = true;
    this.calls.close();
    // Whoever waits for the end of its turn waits no more: nothing is heard of a thread without a seat.
    this.#onEnd?.();
    // A turn can be interrupted once it has an id; why it may have failed concerns whoever starts it.
    await this.#starting?.catch(() => {});
    // An interrupt leaves the commands running, and an active turn blocks the unloading. It may just have ended by itself.
    if (this.#turnId !== undefined)
      await this.#request("turn/interrupt", { turnId: this.#turnId }).catch(() => {});
    if (clean) await this.#request("thread/backgroundTerminals/clean");
    const kept = keepsThreads(this.#options.host.context.options);
    await this.#request(kept ? "thread/delete" : "thread/unsubscribe");
  }

  #request(method: string, params: object = {}) {
    return this.#options.rpc.request(method, { threadId: this.id, ...params });
  }
}
