import { H2mError } from "../errors.ts";
import type { HarnessLauncher, Recognized } from "../types/harness.ts";
import type { ToolMapper } from "../types/mapper.ts";
import type { CallToolResult, Tool } from "../types/mcp.ts";
import type { ResolvedConfig } from "../types/config.ts";
import type {
  CallOptions,
  Session as SessionContract,
  SessionEvents,
  SessionInfo,
  Teardown,
} from "../types/session.ts";
import type { Prompt, ToolCall, Turn } from "../types/turn.ts";
import { Conversation, type ReplyStream } from "./conversation.ts";
import { abortable, type Deferred, deferred, seconds, within } from "./deadline.ts";
import type { Hooks } from "./hooks.ts";
import type { Host } from "./host.ts";
import { fullInstructions, shortInstructions } from "./instructions.ts";
import { randomSecret } from "./keys.ts";
import { Restarts } from "./restarts.ts";
import { Toolset } from "./toolset.ts";

/** Where a session's harness comes from. */
export interface HarnessSource {
  readonly harness: string;
  readonly cwd?: string | undefined;
  /** Known without a turn. */
  version(): Promise<string | undefined>;
  /** Starts a host; without it the harness attaches itself. */
  launch?(signal: AbortSignal): Promise<Host>;
}

export interface SessionOptions {
  readonly source: HarnessSource;
  readonly name?: string | undefined;
  /** Ends with the last client that joined it. */
  readonly owned: boolean;
  readonly config: Pick<ResolvedConfig, "timeouts" | "instructions">;
  readonly mappers: readonly ToolMapper[];
  readonly hooks: Hooks;
}

interface Waiting {
  readonly call: ToolCall;
  settle(result: CallToolResult): void;
  fail(error: H2mError): void;
  progress(text: string): void;
}

const SIDE_TEXT =
  "No model is here to act as one: this harness is driven by h2m, which serves its tools over MCP. Call the tools directly.";

/** One client's view of one harness: its tool list, its queue of calls, and its seat. */
export class Session implements SessionContract {
  readonly id = randomSecret();
  readonly #options: SessionOptions;
  readonly #conversation: Conversation;
  readonly #toolset: Toolset;
  readonly #restarts = new Restarts();
  readonly #listeners = {
    tools: new Set<() => void>(),
    close: new Set<(reason: string) => void>(),
  };
  readonly #abort = new AbortController();
  /** Calls that wait for a held turn. It belongs to the session and outlives a host. */
  readonly #queue: Waiting[] = [];
  readonly #running = new Map<string, Waiting>();
  /** One for each call of a client: aborted by its deadline, its client, or our end. */
  readonly #calls = new Set<AbortController>();
  #host: Host | undefined;
  #seatId: string | undefined;
  #starting: Promise<void> | undefined;
  /** The end of a host that came too late. */
  #late: Promise<void> | undefined;
  #firstTurn: Deferred<void> = deferred();
  #seen = false;
  #launcher: HarnessLauncher | undefined;
  #root: string | undefined;
  #prompts: readonly Prompt[] = [];
  #version: string | undefined;
  #clients = 0;
  #lastUse = Date.now();
  #flushing = false;
  #away: NodeJS.Timeout | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#conversation = new Conversation(() => this.#harnessHungUp());
    this.#toolset = new Toolset(
      options.mappers,
      () => ({ session: this.info() }),
      (tool, error) => {
        const message = `The schema of \`${tool}\` cannot be checked, so its calls are not: ${H2mError.from(error).message}`;
        options.hooks.emit("warning", { message });
      },
    );
  }

  info(): SessionInfo {
    const { source, name } = this.#options;
    return {
      id: this.id,
      name,
      harness: this.#launcher?.name ?? source.harness,
      version: this.#version,
      cwd: source.cwd,
      attached: !source.launch,
    };
  }

  /** A harness is there, or on its way. */
  get alive(): boolean {
    return this.#seen;
  }

  get closed(): boolean {
    return this.#abort.signal.aborted;
  }

  /** A call runs, or the harness is starting. */
  get busy(): boolean {
    return this.#calls.size > 0 || this.#starting !== undefined;
  }

  /** Milliseconds since anybody used it. */
  get idleFor(): number {
    return Date.now() - this.#lastUse;
  }

  async instructions(): Promise<string | undefined> {
    const { config, source } = this.#options;
    if (config.instructions === false) return undefined;
    this.#version ??= await source.version();
    if (config.instructions === "short") return shortInstructions(this.info());
    await this.#ready();
    return fullInstructions(this.info(), this.#prompts);
  }

  /** Starts the harness ahead of the first request. */
  warmUp(): void {
    // Whoever asks for tools next gets the same promise, and hears its error.
    this.#ready().catch(() => {});
  }

  async tools(): Promise<readonly Tool[]> {
    this.#touch();
    await this.#ready();
    return this.#toolset.shown();
  }

  async call(
    name: string,
    args: Record<string, unknown>,
    options: CallOptions = {},
  ): Promise<CallToolResult> {
    this.#touch();
    const { hooks, config } = this.#options;
    const id = `h2m_${randomSecret()}`;
    const started = performance.now();
    const control = new AbortController();
    const { signal } = control;
    const giveUp = () =>
      control.abort(new H2mError("cancelled", `The call of \`${name}\` was cancelled.`));
    const limit = config.timeouts.call;
    const timer = setTimeout(() => control.abort(lateCall(name, limit)), limit);
    options.signal?.addEventListener("abort", giveUp, { once: true });
    if (options.signal?.aborted) giveUp();
    this.#calls.add(control);
    let result: CallToolResult | undefined;
    let failure: H2mError | undefined;
    try {
      await this.#ready(signal);
      hooks.emit("call:start", { session: this.info(), id, name, arguments: args });
      result = await this.#toolset.call({ name, arguments: args }, signal, (call) =>
        this.#send({ id, ...call }, signal, options.onProgress),
      );
      return result;
    } catch (error) {
      failure = H2mError.from(error);
      throw failure;
    } finally {
      clearTimeout(timer);
      options.signal?.removeEventListener("abort", giveUp);
      this.#calls.delete(control);
      const ms = performance.now() - started;
      hooks.emit("call:end", { session: this.info(), id, name, ms, result, error: failure });
      this.#touch();
    }
  }

  on<E extends keyof SessionEvents>(event: E, listener: SessionEvents[E]): Teardown {
    const listeners = this.#listeners[event] as Set<SessionEvents[E]>;
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  join(): Teardown {
    this.#clients++;
    this.#touch();
    // The harness boots while the client is still shaking hands.
    if (this.#options.source.launch) this.warmUp();
    let here = true;
    return () => {
      if (!here) return;
      here = false;
      this.#clients--;
      if (this.#clients > 0 || !this.#options.owned) return;
      this.close("its client has gone").catch((error) =>
        this.#options.hooks.emit("error", { error: H2mError.from(error) }),
      );
    };
  }

  close(reason = "it was closed"): Promise<void> {
    this.#closing ??= this.#close(reason);
    return this.#closing;
  }

  // --- the harness's side ---

  /** A turn of this session's harness. Says what it was taken for. */
  admit(
    turn: Turn,
    launcher: HarnessLauncher | undefined,
    said: Recognized | undefined,
    reply: ReplyStream,
  ): "root" | "side" {
    const { hooks } = this.#options;
    const root = !this.closed && this.#isRoot(turn, said);
    const role = root ? "root" : "side";
    hooks.emit("turn", { session: this.info(), api: turn.api, model: turn.model, role });
    if (!root) {
      const ours = said?.conversation === undefined || said.conversation === this.#root;
      if (ours && !said?.subagent)
        for (const { callId, result } of turn.results) this.settle(callId, result);
      answerAtOnce(turn, reply);
      return role;
    }
    clearTimeout(this.#away);
    this.#launcher = launcher;
    this.#prompts = turn.prompts;
    const changed = this.#toolset.update(turn.tools, turn.skipped, launcher?.annotations);
    this.#conversation.take(turn, reply);
    const first = !this.#seen;
    this.#seen = true;
    this.#firstTurn.resolve();
    if (changed) {
      hooks.emit("tools", { session: this.info(), names: turn.tools.map((tool) => tool.name) });
      // Before the first turn no client has seen a list; of an attached harness it may have waited for one.
      if (!first || !this.#options.source.launch)
        for (const listener of this.#listeners.tools) listener();
    }
    this.#flush();
    return role;
  }

  /** The driver says which of the harness's conversations is ours. */
  bind(conversation: string): void {
    this.#root = conversation;
  }

  settle(callId: string, result: CallToolResult): void {
    this.#conversation.settle(callId, result);
  }

  progress(callId: string, text: string): void {
    this.#running.get(callId)?.progress(text);
  }

  hostExited(host: Host, error: H2mError): void {
    if (this.#host !== host) return;
    this.#host = undefined;
    this.#seatId = undefined;
    // During a start the start itself fails, and counts.
    if (!this.#starting) this.#restarts.failed(error);
    this.#forgetHarness(error);
    if (this.#queue.length > 0 && !this.closed)
      this.#ready().catch((cause) => this.#failQueue(H2mError.from(cause)));
  }

  // --- inside ---

  #touch(): void {
    this.#lastUse = Date.now();
  }

  /** A turn is here, or was and its calls are out. */
  #ready(signal?: AbortSignal): Promise<void> {
    if (this.closed) return Promise.reject(this.#abort.signal.reason);
    if (this.#seen) return Promise.resolve();
    this.#starting ??= this.#start().finally(() => (this.#starting = undefined));
    return abortable(this.#starting, signal);
  }

  async #start(): Promise<void> {
    const { source, config } = this.#options;
    this.#restarts.check(source.harness);
    const { connect } = config.timeouts;
    const signal = AbortSignal.any([this.#abort.signal, AbortSignal.timeout(connect)]);
    const late = () =>
      source.launch
        ? new H2mError(
            "no-harness",
            `\`${source.harness}\` sent no request within ${seconds(connect)}.${this.#host?.tail ? ` The end of its output: ${this.#host.tail}` : ""}`,
            {
              hint: "Start it once by hand to see why, or raise `timeouts.connect`.",
            },
          )
        : new H2mError("no-harness", `No harness has attached within ${seconds(connect)}.`, {
            hint: "Start one with a line that `h2m` printed.",
          });
    try {
      if (source.launch) {
        this.#version ??= await source.version();
        const host = await this.#launched(source.launch(signal), late);
        this.#host = host;
        const opened = host.open(this).then((seatId) => {
          this.#seatId = seatId;
          return this.#firstTurn.promise;
        });
        await within(opened, connect, late, AbortSignal.any([this.#abort.signal, host.exited]));
      } else {
        await within(this.#firstTurn.promise, connect, late, this.#abort.signal);
      }
    } catch (error) {
      await this.#host?.stop(config.timeouts.shutdown);
      this.#host = undefined;
      const known = H2mError.from(error);
      if (source.launch && !this.closed && known.code !== "not-installed") this.#restarts.failed(known);
      throw known;
    }
  }

  /** Waits for a launch; a host that comes too late, or after our end, is ended. */
  async #launched(launching: Promise<Host>, late: () => H2mError): Promise<Host> {
    const { connect, shutdown } = this.#options.config.timeouts;
    try {
      return await within(launching, connect, late, this.#abort.signal);
    } catch (error) {
      this.#late = launching.then(
        (host) => host.stop(shutdown),
        () => {}, // The launch itself failed: that is the error below.
      );
      throw error;
    }
  }

  #send(
    call: ToolCall,
    signal: AbortSignal,
    onProgress?: (text: string) => void,
  ): Promise<CallToolResult> {
    signal.throwIfAborted();
    return new Promise((resolve, reject) => {
      const end = (act: () => void) => {
        signal.removeEventListener("abort", onAbort);
        this.#running.delete(call.id);
        act();
      };
      const waiting: Waiting = {
        call,
        settle: (result) => {
          this.#restarts.succeeded();
          end(() => resolve(result));
        },
        fail: (error) => end(() => reject(error)),
        progress: (text) => onProgress?.(text),
      };
      const onAbort = () => {
        const place = this.#queue.indexOf(waiting);
        if (place !== -1) this.#queue.splice(place, 1);
        else this.#stop(call);
        waiting.fail(signal.reason);
      };
      signal.addEventListener("abort", onAbort, { once: true });
      this.#running.set(call.id, waiting);
      this.#queue.push(waiting);
      // A restart may be needed: the harness can have ended since `#ready`.
      if (this.#seen) this.#flush();
      else this.#ready().catch((error) => this.#failQueue(H2mError.from(error)));
    });
  }

  /** Calls made at the same instant share one turn; a lone call waits for no company. */
  #flush(): void {
    if (this.#flushing || this.#queue.length === 0 || !this.#conversation.open) return;
    this.#flushing = true;
    setImmediate(() => {
      this.#flushing = false;
      if (!this.#conversation.open || this.#queue.length === 0) return;
      const batch = this.#queue.splice(0);
      this.#conversation.send(
        batch.map((waiting) => ({
          call: waiting.call,
          early: this.#host?.settlesEarly(waiting.call) ?? false,
          settle: waiting.settle,
          fail: waiting.fail,
        })),
      );
    });
  }

  #isRoot(turn: Turn, said: Recognized | undefined): boolean {
    if (turn.immediate || said?.subagent) return false;
    if (said?.conversation !== undefined) {
      // A program that the user drives may begin a new conversation at any time: it is then the root.
      if (this.#root === undefined || !this.#host) this.#root = said.conversation;
      return this.#root === said.conversation;
    }
    const root = this.#conversation;
    // The same history again: a retry, or a next turn that may lack every result.
    if ((root.open || root.busy) && root.key === turn.conversation) return true;
    if (root.busy) return turn.results.some(({ callId }) => root.has(callId));
    return !root.open;
  }

  #stop(call: ToolCall): void {
    if (!this.#host || this.#seatId === undefined) return;
    this.#host.cancel(this.#seatId, call).catch((error) => {
      this.#options.hooks.emit("warning", {
        message: `\`${call.name}\` could not be stopped: ${H2mError.from(error).message}`,
      });
    });
  }

  /** Only an attached harness may leave without a word: a launched one ends its process. */
  #harnessHungUp(): void {
    if (this.#options.source.launch || this.closed) return;
    const { connect } = this.#options.config.timeouts;
    clearTimeout(this.#away);
    this.#away = setTimeout(() => {
      const error = new H2mError(
        "no-harness",
        `The attached harness hung up and did not come back within ${seconds(connect)}.`,
      );
      void this.close(error.message);
    }, connect);
    this.#away.unref();
  }

  #forgetHarness(error: H2mError): void {
    this.#seen = false;
    this.#root = undefined;
    this.#firstTurn = deferred();
    this.#conversation.abandon(
      new H2mError("outcome-unknown", `${error.message}`, {
        hint: "The call was out: it may or may not have run, and is not sent again.",
        cause: error,
      }),
    );
  }

  #failQueue(error: H2mError): void {
    for (const waiting of this.#queue.splice(0)) waiting.fail(error);
  }

  async #close(reason: string): Promise<void> {
    const { hooks, config } = this.#options;
    clearTimeout(this.#away);
    const error = new H2mError("closed", `The session has ended: ${reason}.`);
    this.#abort.abort(error);
    for (const control of this.#calls) control.abort(error);
    this.#failQueue(error);
    this.#conversation.abandon(error);
    for (const listener of this.#listeners.close) listener(reason);
    hooks.emit("session:close", { session: this.info(), reason });
    const host = this.#host;
    if (host && this.#seatId !== undefined)
      await host.close(this.#seatId, config.timeouts.shutdown);
    else await host?.stop(config.timeouts.shutdown);
    // A start that was under way ends its own host.
    await this.#starting?.catch(() => {});
    await this.#late;
  }
}

function lateCall(tool: string, ms: number): H2mError {
  return new H2mError("timeout", `\`${tool}\` gave no result within ${seconds(ms)}.`, {
    hint: "It was given up; raise `timeouts.call` if it needs longer.",
  });
}

function answerAtOnce(turn: Turn, reply: ReplyStream): void {
  const answer = turn.immediate ?? { type: "text", text: SIDE_TEXT };
  if (answer.type !== "calls") return reply.end(answer);
  reply.calls(answer.calls);
  reply.end();
}
