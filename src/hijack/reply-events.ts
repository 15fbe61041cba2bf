import type { ReplyStream } from "../core/conversation.ts";
import type { ReplyEncoder } from "../types/api.ts";
import type { ErrorReply, TextReply, ToolCall, WireEvent } from "../types/turn.ts";

/** Where the events of one reply go. */
export interface EventSink {
  write(events: readonly WireEvent[]): void;
  /** Nothing follows. */
  end(): void;
}

/** A streamed reply: events at once, and a heartbeat whenever nothing was sent for `heartbeat` ms. */
export class StreamedReply implements ReplyStream {
  readonly #encoder: ReplyEncoder;
  readonly #sink: EventSink;
  readonly #timer: NodeJS.Timeout;
  #ended = false;
  #onHangUp: (() => void) | undefined;

  constructor(encoder: ReplyEncoder, sink: EventSink, heartbeat: number) {
    this.#encoder = encoder;
    this.#sink = sink;
    sink.write(encoder.begin());
    this.#timer = setInterval(() => sink.write(encoder.heartbeat()), heartbeat);
  }

  calls(calls: readonly ToolCall[]): void {
    if (this.#ended) return;
    this.#timer.refresh();
    this.#sink.write(this.#encoder.calls(calls));
  }

  end(last?: TextReply | ErrorReply): void {
    if (!this.#finish()) return;
    this.#sink.write(this.#encoder.end(last));
    this.#sink.end();
  }

  onHangUp(listener: () => void): void {
    this.#onHangUp = listener;
  }

  /** The harness closed the connection: nothing can be sent any more. */
  hungUp(): void {
    if (this.#finish()) this.#onHangUp?.();
  }

  #finish(): boolean {
    if (this.#ended) return false;
    this.#ended = true;
    clearInterval(this.#timer);
    return true;
  }
}

/** The reply to a request without `stream`: its one JSON body waits for the calls. */
export class WholeReply implements ReplyStream {
  readonly #encoder: ReplyEncoder;
  readonly #done: (body: unknown) => void;
  readonly #calls: ToolCall[] = [];
  #ended = false;
  #onHangUp: (() => void) | undefined;

  constructor(encoder: ReplyEncoder, done: (body: unknown) => void) {
    this.#encoder = encoder;
    this.#done = done;
  }

  calls(calls: readonly ToolCall[]): void {
    this.#calls.push(...calls);
  }

  end(last?: TextReply | ErrorReply): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#done(this.#encoder.json(last ?? { type: "calls", calls: this.#calls }));
  }

  onHangUp(listener: () => void): void {
    this.#onHangUp = listener;
  }

  hungUp(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#onHangUp?.();
  }
}
