import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Conversation, type SentCall } from "../../src/core/channel/conversation.ts";
import type { ReplyStream } from "../../src/core/host/reply-stream.ts";
import { H2mError } from "../../src/errors.ts";
import { type CallToolResult, textResult, type Turn } from "../../src/plugin.ts";

/** A turn of the one history, with results of these calls. */
function turn(results: Readonly<Record<string, CallToolResult>> = {}, stream = true): Turn {
  return {
    id: "turn",
    api: "none",
    model: "none",
    stream,
    conversation: "history",
    tools: [],
    skipped: [],
    results: Object.entries(results).map(([callId, result]) => ({ callId, result })),
    prompts: [],
    raw: {},
  };
}

/** What was written to a reply. */
class Written implements ReplyStream {
  readonly sent: string[] = [];
  ended = false;
  hangUp: () => void = () => {};

  calls(calls: Parameters<ReplyStream["calls"]>[0]): void {
    this.sent.push(...calls.map(({ id }) => id));
  }

  end(): void {
    this.ended = true;
  }

  onHangUp(listener: () => void): void {
    this.hangUp = listener;
  }
}

/** A call, and how it ended. */
function call(id: string, early = false): SentCall & { ended: string[] } {
  const ended: string[] = [];
  return {
    call: { id, name: "tool", arguments: {} },
    early,
    ended,
    settle: ({ content }) => void ended.push(JSON.stringify(content)),
    fail: ({ code }) => void ended.push(code),
  };
}

describe("a conversation", () => {
  let hungUp = 0;
  let conversation: Conversation;

  beforeEach(() => {
    vi.useFakeTimers();
    hungUp = 0;
    conversation = new Conversation(() => hungUp++);
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const held = (...args: Parameters<typeof turn>) => {
    const reply = new Written();
    conversation.take(turn(...args), reply);
    return reply;
  };

  it("keeps a turn open while every call in it can be settled early", () => {
    const reply = held();
    const [one, two] = [call("1", true), call("2", true)];

    conversation.send([one]);
    conversation.send([two]);
    conversation.settle("2", textResult("b"));

    expect(reply).toMatchObject({ sent: ["1", "2"], ended: false });
    expect(conversation).toMatchObject({ open: true, busy: true });
    expect([one.ended, two.ended]).toEqual([[], ['[{"type":"text","text":"b"}]']]);
  });

  it("ends a turn after a call that only the next turn can settle", () => {
    const reply = held();
    const [one, two] = [call("1", true), call("2")];

    conversation.send([one, two]);
    conversation.settle("1", textResult("early"));

    expect(reply.ended).toBe(true);
    expect(conversation.open).toBe(false);
    expect(one.ended.length).toBe(1);
    held({ 2: textResult("late") });
    expect(two.ended).toEqual(['[{"type":"text","text":"late"}]']);
  });

  it("ends a turn without `stream` after its calls, also if they could be settled early", () => {
    const reply = held({}, false);

    conversation.send([call("1", true)]);

    expect(reply.ended).toBe(true);
  });

  it("settles a call once: whatever comes later for it is ignored", () => {
    held();
    const one = call("1", true);
    conversation.send([one]);

    conversation.settle("1", textResult("first"));
    conversation.settle("1", textResult("second"));
    held({ 1: textResult("third") });
    vi.runAllTimers();

    expect(one.ended).toEqual(['[{"type":"text","text":"first"}]']);
  });

  it("loses a call that the next turn lacks at once, if no witness can still come", () => {
    held();
    const one = call("1");
    conversation.send([one]);

    held();

    expect(one.ended).toEqual(["outcome-unknown"]);
    expect(conversation.busy).toBe(false);
  });

  it("gives a witness that lags behind the next turn some time, and no longer", () => {
    held();
    const [late, never] = [call("late", true), call("never", true)];
    conversation.send([late, never]);

    held();
    expect([late.ended, never.ended]).toEqual([[], []]);
    vi.advanceTimersByTime(500);
    conversation.settle("late", textResult("came"));
    vi.advanceTimersByTime(10_000);

    expect(late.ended).toEqual(['[{"type":"text","text":"came"}]']);
    expect(never.ended).toEqual(["outcome-unknown"]);
  });

  it("ends the older of two turns, and hears of the hang-up of the newer only", () => {
    const older = held();
    const newer = held();

    older.hangUp();
    expect(older.ended).toBe(true);
    expect(conversation.open).toBe(true);
    expect(hungUp).toBe(0);
    newer.hangUp();

    expect(conversation.open).toBe(false);
    expect(hungUp).toBe(1);
  });

  it("that is given up fails what is out, lets its turn go, and forgets its timers", () => {
    const reply = held();
    const one = call("1", true);
    conversation.send([one]);
    const next = held();

    conversation.abandon(new H2mError("closed", "Over."));
    vi.runAllTimers();

    expect(one.ended).toEqual(["closed"]);
    expect([reply.ended, next.ended]).toEqual([true, true]);
    expect(conversation).toMatchObject({ open: false, busy: false });
  });

  it("lets a call that nobody waits for hold it up for some time, and no longer", () => {
    held();
    const [stuck, ended] = [call("stuck", true), call("ended", true)];
    conversation.send([stuck, ended]);

    conversation.giveUp("stuck");
    conversation.giveUp("ended");
    conversation.giveUp("unknown");
    vi.advanceTimersByTime(10_000);
    conversation.settle("ended", textResult("stopped"));
    expect(conversation.busy).toBe(true);
    expect(stuck.ended).toEqual([]);
    vi.advanceTimersByTime(5_000);

    expect(conversation.busy).toBe(false);
    expect(stuck.ended).toEqual(["outcome-unknown"]);
    expect(ended.ended).toEqual(['[{"type":"text","text":"stopped"}]']);
  });

  it("sends nothing while no turn is held", () => {
    expect(() => conversation.send([call("1")])).toThrow(H2mError);
  });
});
