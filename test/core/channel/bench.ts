import type { Ended } from "../../../src/core/channel/effects.ts";
import type { Machine } from "../../../src/core/channel/machine.ts";
import type { ReplyStream } from "../../../src/core/host/reply-stream.ts";
import { type CallToolResult, textResult, type ToolCall, type Turn } from "../../../src/plugin.ts";

/** A turn of the one history, with results of these calls. */
export function turnOf(
  results: Readonly<Record<string, CallToolResult>> = {},
  { stream = true, conversation = "history" } = {},
): Turn {
  return {
    id: "turn",
    api: "none",
    model: "none",
    stream,
    conversation,
    tools: [],
    skipped: [],
    results: Object.entries(results).map(([callId, result]) => ({ callId, result })),
    prompts: [],
    raw: {},
  };
}

/** What was written to a reply. */
export class Written implements ReplyStream {
  readonly sent: string[] = [];
  ended = false;
  hangUp: () => void = () => {};
  readonly #refuses: boolean;

  constructor(refuses = false) {
    this.#refuses = refuses;
  }

  calls(calls: readonly ToolCall[]): void {
    if (this.#refuses) throw new Error("cannot be written");
    this.sent.push(...calls.map(({ id }) => id));
  }

  end(): void {
    if (this.ended) throw new Error("It has been ended twice.");
    this.ended = true;
  }

  onHangUp(listener: () => void): void {
    this.hangUp = () => {
      this.ended = true;
      listener();
    };
  }
}

/** A machine, what it is told, and what it asked for. */
export class Bench {
  readonly machine: Machine;
  /** In the order in which they came. */
  readonly asked: string[] = [];
  readonly ended = new Map<string, string>();
  readonly graces = new Set<string>();
  /** Which calls a witness will settle, by the beginning of their id; and which cannot go out at all. */
  early = "e";
  refused = "r";
  #flush = false;

  constructor(Kind: typeof Machine) {
    this.machine = new Kind({
      flushSoon: () => (this.#flush = true),
      outgoing: (call) => {
        if (call.id.startsWith(this.refused)) throw new Error("refused");
        return { call, early: call.id.startsWith(this.early) };
      },
      came: () => {},
      ended: (end) => this.#end(end),
      whyGivenUp: (_, reason) => reason,
      grace: (callId, kind) => void this.graces.add(`${kind} ${callId}`),
      hungUp: () => this.asked.push("hung up"),
      renewed: (lost) => this.asked.push(`renewed: ${lost.join()}`),
    });
  }

  /** A turn of the root that is held. */
  turn(...given: Parameters<typeof turnOf>): Written {
    const reply = new Written();
    this.machine.hold(turnOf(...given), reply);
    return reply;
  }

  /** Calls of clients, or of the driver if they begin with `d`; what may go out is sent. */
  submit(...ids: readonly string[]): void {
    for (const id of ids)
      this.machine.submit({ id, name: "tool", arguments: {} }, id.startsWith("d"));
    this.flush();
  }

  flush(): void {
    if (!this.#flush) return;
    this.#flush = false;
    this.machine.flush();
  }

  settle(id: string): void {
    this.machine.settle(id, textResult(`result of ${id}`));
  }

  #end({ callId, outcome, stop }: Ended): void {
    if (this.ended.has(callId)) throw new Error(`${callId} has ended twice.`);
    const how =
      "result" in outcome
        ? outcome.result.content.map((block) => (block.type === "text" ? block.text : "")).join()
        : codeOf(outcome.error);
    this.ended.set(callId, stop ? `${how}, stopped` : how);
  }
}

function codeOf(error: unknown): string {
  if (typeof error !== "object" || error === null) return String(error);
  return "code" in error ? String(error.code) : String((error as Error).message);
}
