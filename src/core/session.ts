import { H2mError } from "../errors.ts";
import type { ResolvedConfig } from "../types/config.ts";
import type { HarnessLauncher, Recognized } from "../types/harness.ts";
import type { ToolMapper } from "../types/mapper.ts";
import type { CallToolResult, Tool } from "../types/mcp.ts";
import type {
  CallOptions,
  Session as SessionContract,
  SessionEvents,
  SessionInfo,
  Teardown,
} from "../types/session.ts";
import type { Prompt, Turn } from "../types/turn.ts";
import { CallControl } from "./call-control.ts";
import { CallQueue } from "./call-queue.ts";
import { Conversation, type ReplyStream } from "./conversation.ts";
import { seconds } from "./deadline.ts";
import type { Hooks } from "./hooks.ts";
import type { Host, Occupant } from "./host.ts";
import { fullInstructions, shortInstructions } from "./instructions.ts";
import { randomSecret } from "./keys.ts";
import { Listeners } from "./listeners.ts";
import { Reset } from "./reset.ts";
import { answerAtOnce, RootRule } from "./root-rule.ts";
import { type HarnessSource, Tenancy } from "./tenancy.ts";
import { Toolset } from "./toolset.ts";

export interface SessionOptions {
  readonly source: HarnessSource;
  readonly name?: string | undefined;
  /** Ends with the last client that joined it. */
  readonly owned: boolean;
  readonly config: Pick<ResolvedConfig, "timeouts" | "instructions">;
  readonly mappers: readonly ToolMapper[];
  readonly hooks: Hooks;
}

/** One client's view of one harness: its tool list, its queue of calls, and its seat. */
export class Session implements SessionContract, Occupant {
  readonly id = randomSecret();
  readonly #options: SessionOptions;
  readonly #listeners = new Listeners<SessionEvents>();
  readonly #over = new AbortController();
  readonly #conversation = new Conversation(() => this.#harnessHungUp());
  readonly #toolset: Toolset;
  readonly #tenancy: Tenancy;
  readonly #queue: CallQueue;
  readonly #reset: Reset;
  readonly #rule = new RootRule();
  /** One for each call of a client: ended by its deadline, its client, or our end. */
  readonly #calls = new Set<CallControl>();
  #launcher: HarnessLauncher | undefined;
  #prompts: readonly Prompt[] = [];
  #version: string | undefined;
  #clients = 0;
  #lastUse = Date.now();
  #away: NodeJS.Timeout | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
    const { source, config, mappers } = options;
    const { connect, shutdown } = config.timeouts;
    this.#toolset = new Toolset(
      mappers,
      () => ({ session: this.info() }),
      (tool, error) =>
        this.#warn(
          `The schema of \`${tool}\` cannot be checked, so its calls are not: ${H2mError.from(error).message}`,
        ),
    );
    this.#tenancy = new Tenancy({
      source,
      occupant: this,
      connect,
      shutdown,
      over: this.#over.signal,
    });
    this.#queue = new CallQueue(this.#conversation, {
      outgoing: (call) => this.#tenancy.outgoing(call),
      early: (call) => this.#tenancy.settlesEarly(call),
      cancel: (call) =>
        void this.#tenancy
          .cancel(call)
          .catch((error) =>
            this.#warn(`\`${call.name}\` could not be stopped: ${H2mError.from(error).message}`),
          ),
      settled: () => {
        this.#tenancy.worked();
        this.#reset.ifDue();
      },
    });
    this.#reset = new Reset({
      conversation: this.#conversation,
      queue: this.#queue,
      tenancy: this.#tenancy,
      onReset: (lost) =>
        this.#listeners.emit(
          "notice",
          `The history of ${this.info().harness} was started anew. Lost: ${lost.join("; ")}.`,
        ),
      onFailure: (error) => this.#leaveHarness(error),
    });
  }

  get cwd(): string | undefined {
    return this.#options.source.cwd;
  }

  get env(): Readonly<Record<string, string>> | undefined {
    return this.#options.source.env;
  }

  info(): SessionInfo {
    const { source, name } = this.#options;
    const harness = this.#launcher?.name ?? source.harness;
    return {
      id: this.id,
      name,
      harness,
      version: this.#version,
      cwd: source.cwd,
      attached: !source.seat,
    };
  }

  /** A harness is there. */
  get alive(): boolean {
    return this.#tenancy.here;
  }

  get closed(): boolean {
    return this.#over.signal.aborted;
  }

  /** A call runs, or the harness is starting. */
  get busy(): boolean {
    return this.#calls.size > 0 || this.#tenancy.starting;
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
    await this.#tenancy.ready();
    return fullInstructions(this.info(), this.#prompts);
  }

  async tools(): Promise<readonly Tool[]> {
    this.#touch();
    await this.#tenancy.ready();
    return this.#toolset.shown();
  }

  async call(
    name: string,
    args: Record<string, unknown>,
    options: CallOptions = {},
  ): Promise<CallToolResult> {
    this.#touch();
    const { hooks, config } = this.#options;
    const id = newCallId();
    const started = performance.now();
    const control = new CallControl(name, config.timeouts.call, options.signal);
    const { signal } = control;
    this.#calls.add(control);
    let result: CallToolResult | undefined;
    let failure: H2mError | undefined;
    try {
      await this.#tenancy.ready(signal);
      hooks.emit("call:start", { session: this.info(), id, name, arguments: args });
      result = await this.#toolset.call({ name, arguments: args }, signal, (call) => {
        const sent = this.#queue.send({ id, ...call }, signal, { onProgress: options.onProgress });
        // The harness may have ended since it was there.
        if (!this.#tenancy.here) this.#wake();
        return sent;
      });
      result = this.#reset.tell(result);
      return result;
    } catch (error) {
      failure = H2mError.from(error);
      throw failure;
    } finally {
      control.end();
      this.#calls.delete(control);
      const ms = performance.now() - started;
      hooks.emit("call:end", { session: this.info(), id, name, ms, result, error: failure });
      this.#touch();
    }
  }

  on<E extends keyof SessionEvents>(event: E, listener: SessionEvents[E]): Teardown {
    return this.#listeners.on(event, listener);
  }

  join(): Teardown {
    this.#clients++;
    this.#touch();
    // The harness boots while the client is still shaking hands; whoever asks next hears its error.
    if (this.#options.source.seat) this.#tenancy.ready().catch(() => {});
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
    const root =
      !this.closed && this.#rule.isRoot(turn, said, this.#conversation, !this.#tenancy.launched);
    const role = root ? "root" : "side";
    this.#options.hooks.emit("turn", {
      session: this.info(),
      api: turn.api,
      model: turn.model,
      role,
    });
    if (root) this.#hold(turn, launcher, reply);
    else {
      if (this.#rule.isOurs(said))
        for (const { callId, result } of turn.results) this.settle(callId, result);
      answerAtOnce(turn, reply);
    }
    return role;
  }

  bind(conversation: string): void {
    this.#rule.bind(conversation);
  }

  settle(callId: string, result: CallToolResult): void {
    this.#conversation.settle(callId, result);
  }

  progress(callId: string, text: string): void {
    this.#queue.progress(callId, text);
  }

  run(name: string, args: Record<string, unknown>): Promise<CallToolResult> {
    return this.#queue.send({ id: newCallId(), name, arguments: args }, this.#over.signal, {
      urgent: true,
    });
  }

  hostExited(host: Host, error: H2mError): void {
    if (this.#tenancy.lost(host, error)) this.#abandon(error);
  }

  // --- inside ---

  #hold(turn: Turn, launcher: HarnessLauncher | undefined, reply: ReplyStream): void {
    clearTimeout(this.#away);
    this.#launcher = launcher;
    this.#prompts = turn.prompts;
    const changed = this.#toolset.update(turn.tools, turn.skipped, launcher?.annotations);
    this.#conversation.take(turn, reply);
    const first = this.#tenancy.arrived();
    if (changed) {
      const names = turn.tools.map((tool) => tool.name);
      this.#options.hooks.emit("tools", { session: this.info(), names });
      // Before the first turn no client has seen a list; of an attached harness it may have waited for one.
      if (!first || !this.#options.source.seat) this.#listeners.emit("tools");
    }
    this.#queue.flush();
  }

  #touch(): void {
    this.#lastUse = Date.now();
  }

  #warn(message: string): void {
    this.#options.hooks.emit("warning", { message });
  }

  /** Starts the harness for the calls that wait. */
  #wake(): void {
    this.#tenancy.ready().catch((error) => this.#queue.failWaiting(H2mError.from(error)));
  }

  /** The harness is gone: what is out fails, what waits gets a new one. */
  #abandon(error: H2mError): void {
    this.#rule.forget();
    this.#conversation.abandon(
      new H2mError("outcome-unknown", error.message, {
        hint: "The call was out: it may or may not have run, and is not sent again.",
        cause: error,
      }),
    );
    if (this.#queue.waiting && !this.closed) this.#wake();
  }

  /** The harness does not do as it should: another one takes its place. */
  async #leaveHarness(error: H2mError): Promise<void> {
    this.#warn(error.text);
    await this.#tenancy.end();
    this.#abandon(error);
  }

  /** Only an attached harness may leave without a word: a launched one ends its process. */
  #harnessHungUp(): void {
    if (this.#options.source.seat || this.closed) return;
    const { connect } = this.#options.config.timeouts;
    clearTimeout(this.#away);
    this.#away = setTimeout(() => {
      void this.close(
        `the attached harness hung up and did not come back within ${seconds(connect)}`,
      );
    }, connect);
    this.#away.unref();
  }

  async #close(reason: string): Promise<void> {
    clearTimeout(this.#away);
    const error = new H2mError("closed", `The session has ended: ${reason}.`);
    this.#over.abort(error);
    for (const control of this.#calls) control.abort(error);
    this.#queue.failWaiting(error);
    this.#conversation.abandon(error);
    this.#listeners.emit("close", reason);
    this.#options.hooks.emit("session:close", { session: this.info(), reason });
    await this.#tenancy.end();
  }
}

function newCallId(): string {
  return `h2m_${randomSecret()}`;
}
