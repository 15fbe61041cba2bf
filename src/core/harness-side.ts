import { H2mError } from "../errors.ts";
import type { HarnessLauncher, Recognized } from "../types/harness.ts";
import type { CallToolResult } from "../types/mcp.ts";
import type { SessionInfo } from "../types/session.ts";
import type { Prompt, ToolCall, Turn } from "../types/turn.ts";
import { CallQueue } from "./call-queue.ts";
import { newCallId } from "./calls.ts";
import { Conversation, type ReplyStream } from "./conversation.ts";
import { seconds } from "./deadline.ts";
import { Haste } from "./haste.ts";
import type { Hooks } from "./hooks.ts";
import type { Host } from "./host.ts";
import { Reset } from "./reset.ts";
import { answerAtOnce, RootRule } from "./root-rule.ts";
import type { Occupant } from "./seats.ts";
import { type HarnessSource, Tenancy } from "./tenancy.ts";
import type { Toolset } from "./toolset.ts";

export interface HarnessSideOptions {
  readonly source: HarnessSource;
  readonly toolset: Toolset;
  readonly hooks: Hooks;
  /** Milliseconds. */
  readonly connect: number;
  readonly shutdown: number;
  /** The end of the session. */
  readonly over: AbortSignal;
  session(): SessionInfo;
  /** Clients should ask for the tools again. */
  onTools(): void;
  /** Clients should be told. */
  onNotice(message: string): void;
  /** The attached harness has left for good. */
  onGone(reason: string): void;
}

/** What a session sees of its harness: the root conversation, the queue of calls, the seat, and the resets. */
export class HarnessSide implements Occupant {
  readonly #options: HarnessSideOptions;
  readonly #conversation = new Conversation(() => this.#hungUp());
  readonly #rule = new RootRule();
  readonly #haste = new Haste();
  readonly #tenancy: Tenancy;
  readonly #queue: CallQueue;
  readonly #reset: Reset;
  #launcher: HarnessLauncher | undefined;
  #prompts: readonly Prompt[] = [];
  #away: NodeJS.Timeout | undefined;

  constructor(options: HarnessSideOptions) {
    this.#options = options;
    const { source, connect, shutdown, over } = options;
    this.#tenancy = new Tenancy({ source, occupant: this, connect, shutdown, over });
    this.#queue = new CallQueue(this.#conversation, {
      outgoing: (call) => this.#tenancy.outgoing(call),
      early: (call) => this.#tenancy.settlesEarly(call),
      cancel: (call) => void this.#cancel(call),
      settled: () => {
        this.#haste.rest();
        this.#tenancy.worked();
        this.#reset.ifDue();
      },
    });
    this.#reset = new Reset({
      conversation: this.#conversation,
      queue: this.#queue,
      tenancy: this.#tenancy,
      onReset: (lost) => options.onNotice(resetNotice(source.harness, lost)),
      onFailure: (error) => this.#replace(error),
    });
  }

  get cwd(): string | undefined {
    return this.#options.source.cwd;
  }

  /** The name of the program that sent the latest root turn. */
  get name(): string | undefined {
    return this.#launcher?.name;
  }

  get prompts(): readonly Prompt[] {
    return this.#prompts;
  }

  get here(): boolean {
    return this.#tenancy.here;
  }

  get starting(): boolean {
    return this.#tenancy.starting;
  }

  /** Waits until its first turn is here. @throws H2mError if it does not come */
  ready(signal?: AbortSignal): Promise<void> {
    return this.#tenancy.ready(signal);
  }

  /** Sends a call in the held turn, or in the next one. */
  send(
    call: ToolCall,
    signal: AbortSignal,
    onProgress?: (text: string) => void,
  ): Promise<CallToolResult> {
    const sent = this.#queue.send(call, signal, { onProgress });
    // It may have ended since it was ready.
    if (!this.#tenancy.here) this.#wake();
    return sent.then((result) => this.#reset.tell(result));
  }

  admit(
    turn: Turn,
    launcher: HarnessLauncher | undefined,
    said: Recognized | undefined,
    reply: ReplyStream,
  ): void {
    const { over, hooks, session } = this.#options;
    const free = !this.#tenancy.launched;
    const root = !over.aborted && this.#rule.isRoot(turn, said, this.#conversation, free);
    const role = root ? "root" : "side";
    hooks.emit("turn", { session: session(), api: turn.api, model: turn.model, role });
    if (root) return this.#hold(turn, launcher, reply);
    if (this.#rule.isOurs(said))
      for (const { callId, result } of turn.results) this.settle(callId, result);
    answerAtOnce(turn, reply);
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
    const call = { id: newCallId(), name, arguments: args };
    return this.#queue.send(call, this.#options.over, { urgent: true });
  }

  hostExited(host: Host, error: H2mError): void {
    if (this.#tenancy.lost(host, error)) this.#abandon(error);
  }

  /** Ends it with the session: what waits and what is out fails with the error. */
  async end(error: H2mError): Promise<void> {
    clearTimeout(this.#away);
    this.#queue.failWaiting(error);
    this.#conversation.abandon(error);
    await this.#tenancy.end();
  }

  #hold(turn: Turn, launcher: HarnessLauncher | undefined, reply: ReplyStream): void {
    const { hooks, source, toolset, session, onTools } = this.#options;
    clearTimeout(this.#away);
    this.#launcher = launcher;
    this.#prompts = turn.prompts;
    const before = toolset.state;
    const changed = toolset.update(turn, launcher?.annotations);
    this.#conversation.take(turn, reply);
    if (this.#tenancy.arrived()) source.list?.keep(turn);
    if (changed || before !== "sent") {
      const { tools } = turn;
      hooks.emit("tools", { session: session(), names: tools.map(({ name }) => name), tools });
    }
    // Before there is a list no client has seen one; of an attached harness it may have waited for one.
    if (changed && (before !== "none" || !source.seat)) onTools();
    this.#queue.flush();
    if (this.#haste.turn() && this.#tenancy.launched) this.#stopLoop();
  }

  /** A harness that answers nothing and asks at once would keep us busy for ever. */
  #stopLoop(): void {
    this.#haste.rest();
    const name = this.#options.source.harness;
    const what = `\`${name}\` asks again and again without waiting for an answer.`;
    this.#replace(new H2mError("harness-exited", what)).catch((error) =>
      this.#options.hooks.emit("error", { error: H2mError.from(error) }),
    );
  }

  async #cancel(call: ToolCall): Promise<void> {
    try {
      await this.#tenancy.cancel(call);
    } catch (error) {
      this.#warn(`\`${call.name}\` could not be stopped: ${H2mError.from(error).message}`);
    }
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
    this.#reset.forget();
    this.#conversation.abandon(
      new H2mError("outcome-unknown", error.message, {
        hint: "The call was out: it may or may not have run, and is not sent again.",
        cause: error,
      }),
    );
    if (this.#queue.waiting && !this.#options.over.aborted) this.#wake();
  }

  /** The harness does not do as it should: another one takes its place. */
  async #replace(error: H2mError): Promise<void> {
    this.#warn(error.text);
    this.#tenancy.failed(error);
    await this.#tenancy.end();
    this.#abandon(error);
  }

  /** Only an attached harness may leave without a word: a launched one ends its process. */
  #hungUp(): void {
    const { source, over, connect, onGone } = this.#options;
    if (source.seat || over.aborted) return;
    clearTimeout(this.#away);
    const reason = `the attached harness hung up and did not come back within ${seconds(connect)}`;
    this.#away = setTimeout(() => onGone(reason), connect);
    this.#away.unref();
  }
}

function resetNotice(harness: string, lost: readonly string[]): string {
  return `The history of ${harness} was started anew, since it had grown. Lost: ${lost.join("; ")}.`;
}
