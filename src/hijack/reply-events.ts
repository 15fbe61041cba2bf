import type { ReplyStream } from "../core/host/reply-stream.ts";
import { wellFormed } from "../kit/well-formed.ts";
import type { ReplyEncoder } from "../types/api.ts";
import type { ErrorReply, TextReply, ToolCall, WireEvent } from "../types/turn.ts";

/** Where the events of one reply go. */
export interface EventSink {
  write(events: readonly WireEvent[]): void;
  /** Nothing follows. */
  end(): void;
}

/** How replies are kept alive, and who hears of one that could not be written. */
export interface ReplyOptions {
  /** Milliseconds between signs of life. */
  readonly heartbeat: number;
  readonly report: (error: unknown) => void;
}

/** A streamed reply: events at once, and a heartbeat whenever nothing was sent for `heartbeat` ms. */
export class StreamedReply implements ReplyStream {
  readonly #encoder: ReplyEncoder;
  readonly #sink: EventSink;
  readonly #report: (error: unknown) => void;
  readonly #timer: NodeJS.Timeout;
  #ended = false;
  #onHangUp: (() => void) | undefined;

  constructor(encoder: ReplyEncoder, sink: EventSink, { heartbeat, report }: ReplyOptions) {
    this.#encoder = encoder;
    this.#sink = sink;
    this.#report = report;
    sink.write(encoder.begin());
    this.#timer = setInterval(() => this.#beat(), heartbeat);
  }

  calls(calls: readonly ToolCall[]): void {
    if (this.#ended) return;
    this.#timer.refresh();
    this.#sink.write(this.#encoder.calls(calls));
  }

  end(last?: TextReply | ErrorReply): void {
    if (!this.#finish()) return;
    try {
      this.#sink.write(this.#encoder.end(wellFormed(last)));
    } catch (error) {
      this.#report(error);
    }
    this.#sink.end();
  }

  onHangUp(listener: () => void): void {
    this.#onHangUp = listener;
  }

  /** The harness closed the connection: nothing can be sent any more. */
  hungUp(): void {
    if (this.#finish()) this.#onHangUp?.();
  }

  /** Without signs of life the harness would give up later: an adapter that cannot write one ends the reply now. */
  #beat(): void {
    try {
      this.#sink.write(this.#encoder.heartbeat());
    } catch (error) {
      this.#report(error);
      this.hungUp();
      this.#sink.end();
    }
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
  readonly #done: (body: () => unknown) => void;
  readonly #calls: ToolCall[] = [];
  #ended = false;
  #onHangUp: (() => void) | undefined;

  /** `done` is given what makes the body, which throws where the adapter cannot. */
  constructor(encoder: ReplyEncoder, done: (body: () => unknown) => void) {
    this.#encoder = encoder;
    this.#done = done;
  }

  calls(calls: readonly ToolCall[]): void {
    this.#calls.push(...calls);
  }

  end(last?: TextReply | ErrorReply): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#done(() => this.#encoder.json(wellFormed(last) ?? { type: "calls", calls: this.#calls }));
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

/**
 * Hands a reply to whoever serves the turn. One that is not taken, and one whose harness has left meanwhile, holds nothing: no
 * timer, and no turn for calls that nobody would run.
 * @param gone aborted when the harness closes the connection, or before
 */
export function handOver<R extends StreamedReply | WholeReply>(
  serve: (reply: R) => void,
  reply: R,
  gone?: AbortSignal,
): void {
  try {
    serve(reply);
  } catch (error) {
    reply.hungUp();
    throw error;
  }
  if (gone?.aborted) return reply.hungUp();
  gone?.addEventListener("abort", () => reply.hungUp(), { once: true });
}
