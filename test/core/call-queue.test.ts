import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { CallQueue } from "../../src/core/channel/call-queue.ts";
import { Conversation } from "../../src/core/channel/conversation.ts";
import type { Turn } from "../../src/plugin.ts";
import { failure } from "../helpers/until.ts";

const TURN: Turn = {
  id: "turn",
  api: "none",
  model: "none",
  stream: true,
  conversation: "history",
  tools: [],
  skipped: [],
  results: [],
  prompts: [],
  raw: {},
};

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
afterEach(() => void vi.useRealTimers());

/** A queue before a held turn, and all that its policy heard. */
function queue(): { queue: CallQueue; conversation: Conversation; heard: string[] } {
  const heard: string[] = [];
  const conversation = new Conversation(() => heard.push("hung up"));
  const calls = new CallQueue(conversation, {
    outgoing: (call) => call,
    early: () => true,
    cancel: ({ id }) => heard.push(`cancel ${id}`),
    gaveUp: (_, reason) => reason,
    settled: () => heard.push("settled"),
    failed: () => heard.push("failed"),
  });
  conversation.take(TURN, { calls: () => {}, end: () => {}, onHangUp: () => {} });
  return { queue: calls, conversation, heard };
}

it.each([
  { kind: "a client's call", urgent: false, cancels: ["cancel 1"] },
  { kind: "a driver's own call", urgent: true, cancels: [] },
])("$kind that is given up and never ends does not stay out for ever", async (row) => {
  const { queue: calls, conversation, heard } = queue();
  const control = new AbortController();
  const call = { id: "1", name: "tool", arguments: {} };
  const sent = failure(calls.send(call, control.signal, { urgent: row.urgent }));
  await vi.waitFor(() => expect(conversation.busy).toBe(true));

  control.abort(new Error("given up"));
  expect((await sent).message).toBe("given up");
  expect(heard).toEqual([...row.cancels, "failed"]);
  expect(conversation.busy).toBe(true);
  vi.advanceTimersByTime(60_000);

  expect(conversation.busy).toBe(false);
  // The second time, since a history that was too long to go on can begin anew now.
  expect(heard).toEqual([...row.cancels, "failed", "failed"]);
});

it("a call that is given up before it goes out is not sent, and leaves nothing behind", async () => {
  const { queue: calls, conversation, heard } = queue();
  calls.hold(true);
  const control = new AbortController();
  const sent = failure(calls.send({ id: "1", name: "tool", arguments: {} }, control.signal));

  control.abort(new Error("given up"));
  await sent;
  calls.hold(false);
  await new Promise(setImmediate);

  expect(conversation.busy).toBe(false);
  expect(heard).toEqual(["failed"]);
});
