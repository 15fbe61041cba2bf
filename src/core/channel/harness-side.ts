import { H2mError } from "../../errors.ts";
import type { HarnessLauncher, Recognized } from "../../types/harness.ts";
import type { CallToolResult } from "../../types/mcp.ts";
import { withoutLongNames } from "../tools/long-names.ts";
import type { NoticeLevel, SessionInfo } from "../../types/session.ts";
import type { Prompt, ToolCall, Turn } from "../../types/turn.ts";
import { CallQueue } from "./call-queue.ts";
import { newCallId } from "../call/calls.ts";
import { Conversation } from "./conversation.ts";
import type { ReplyStream } from "../host/reply-stream.ts";
import { seconds, untilFirst } from "../../kit/deadline.ts";
import { everyStep } from "../../kit/every-step.ts";
import type { Hooks } from "../plugins/hooks.ts";
import type { Host } from "../host/host.ts";
import { Recovery } from "./recovery.ts";
import { Reset, resetNotice } from "./reset.ts";
import { answerAtOnce, RootRule } from "./root-rule.ts";
import type { Occupant } from "../host/seats.ts";
import { type HarnessSource, Tenancy } from "./tenancy.ts";
import type { Toolset } from "../tools/toolset.ts";

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
  onNotice(message: string, level: NoticeLevel): void;
  /** The attached harness has left for good. */
  onGone(reason: string): void;
}

/** What a session sees of its harness: the root conversation, the queue of calls, the seat, and the resets. */
export class HarnessSide implements Occupant {
  readonly #options: HarnessSideOptions;
  readonly #conversation = new Conversation(() => this.#hungUp());
  readonly #rule = new RootRule();
  readonly #tenancy: Tenancy;
  readonly #queue: CallQueue;
  readonly #reset: Reset;
  readonly #recovery: Recovery;
  #launcher: HarnessLauncher | undefined;
  #prompts: readonly Prompt[] = [];
  #away: NodeJS.Timeout | undefined;
  /** What was said of a list that is not whole. */
  #toldHoles: string | undefined;

  constructor(options: HarnessSideOptions) {
    this.#options = options;
    const { source, over } = options;
    const onFailedStart = (error: H2mError) => this.#recovery.abandon(error);
    this.#tenancy = new Tenancy({ ...options, occupant: this, onFailedStart });
    this.#queue = new CallQueue(this.#conversation, {
      outgoing: (call) => this.#tenancy.outgoing(call),
      early: (call) => this.#tenancy.settlesEarly(call),
      cancel: (call) => void this.#cancel(call),
      gaveUp: (call, reason) => this.#tenancy.gaveUp(call, reason),
      failed: () => {
        if (!over.aborted) this.#reset.ifDue();
        this.#recovery.look();
      },
      settled: (own) => {
        this.#tenancy.worked();
        this.#reset.ifDue();
        this.#recovery.settled(own);
      },
    });
    const warn = (message: string) => options.onNotice(message, "warning");
    this.#reset = new Reset({
      conversation: this.#conversation,
      queue: this.#queue,
      tenancy: this.#tenancy,
      onReset: (lost, why) => warn(resetNotice(source.harness, lost, why)),
      onFailure: (error) => void this.#recovery.replace(error),
      onEnd: () => this.#recovery.look(),
    });
    this.#recovery = new Recovery({
      harness: source.harness,
      conversation: this.#conversation,
      rule: this.#rule,
      queue: this.#queue,
      tenancy: this.#tenancy,
      reset: this.#reset,
      hooks: options.hooks,
      over,
      onNotice: warn,
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
    if (!this.#tenancy.here) this.#recovery.wake();
    this.#recovery.look();
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
    this.#reset.bound();
  }

  settle(callId: string, result: CallToolResult): void {
    this.#conversation.settle(callId, result);
  }

  get promised(): readonly ToolCall[] {
    return this.#conversation.promised;
  }

  bringTurn(): void {
    this.#conversation.bringTurn();
  }

  progress(callId: string, text: string): void {
    this.#queue.progress(callId, text);
  }

  notice(message: string, level: NoticeLevel = "notice"): void {
    this.#options.onNotice(message, level);
  }

  run(name: string, args: Record<string, unknown>, signal?: AbortSignal): Promise<CallToolResult> {
    const call = { id: newCallId(), name, arguments: args };
    const { over } = this.#options;
    return untilFirst([over, signal], (first) => this.#queue.send(call, first, { urgent: true }));
  }

  hostExited(host: Host, error: H2mError): void {
    if (this.#tenancy.lost(host, error)) this.#recovery.abandon(error);
  }

  /** Ends it with the session: what waits and what is out fails with the error. */
  async end(error: H2mError): Promise<void> {
    clearTimeout(this.#away);
    await everyStep(
      () => this.#recovery.end(),
      () => this.#queue.failWaiting(error),
      () => this.#conversation.abandon(error),
      () => this.#tenancy.end(),
    );
  }

  #hold(given: Turn, launcher: HarnessLauncher | undefined, reply: ReplyStream): void {
    const turn = withoutLongNames(given);
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
    this.#tellOfHoles(turn);
    this.#queue.flush();
    this.#recovery.turn();
  }

  /** A list that is known to lack tools is never passed on without a word. */
  #tellOfHoles({ incomplete }: Turn): void {
    if (incomplete === undefined || incomplete === this.#toldHoles) return;
    this.#toldHoles = incomplete;
    const { hooks, source, onNotice } = this.#options;
    const message = `The list of ${source.harness} may lack tools: ${incomplete}. What is not listed cannot be called.`;
    hooks.emit("warning", { message });
    onNotice(message, "warning");
  }

  async #cancel(call: ToolCall): Promise<void> {
    try {
      await this.#tenancy.cancel(call);
    } catch (error) {
      const message = `\`${call.name}\` could not be stopped: ${H2mError.from(error).message}`;
      this.#options.hooks.emit("warning", { message });
    }
  }

  /** Only an attached harness may leave without a word: a launched one ends its process. */
  #hungUp(): void {
    const { source, over, connect, onGone } = this.#options;
    this.#recovery.look();
    if (source.seat || over.aborted) return;
    clearTimeout(this.#away);
    const reason = `the attached harness hung up and did not come back within ${seconds(connect)}`;
    this.#away = setTimeout(() => onGone(reason), connect);
    this.#away.unref();
  }
}
