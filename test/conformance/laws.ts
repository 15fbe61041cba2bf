import { expect } from "vitest";
import type { WireEvent } from "../../src/plugin.ts";

type Event = Record<string, any>;

const dataOf = (events: readonly WireEvent[]) => events.map(({ data }) => data as Event);

/** A message of the messages API: blocks one after another, each closed, then one stop reason, then the end. */
export function lawfulMessages(events: readonly WireEvent[]): void {
  const all = dataOf(events);
  expect(events.map(({ event }) => event)).toEqual(all.map(({ type }) => type));
  expect(all[0]?.["type"]).toBe("message_start");
  expect(all.filter(({ type }) => type === "message_start").length).toBe(1);
  expect(all.at(-1)?.["type"]).toBe("message_stop");
  let open: number | undefined;
  let next = 0;
  const kinds: string[] = [];
  for (const { type, index, content_block: block } of all) {
    if (type === "content_block_start") {
      expect(open).toBeUndefined();
      expect(index).toBe(next);
      open = next++;
      kinds.push(block.type);
    } else if (type === "content_block_delta") expect(index).toBe(open);
    else if (type === "content_block_stop") {
      expect(index).toBe(open);
      open = undefined;
    } else expect(open).toBeUndefined();
  }
  const reasons = all
    .filter(({ type }) => type === "message_delta")
    .map(({ delta }) => delta.stop_reason);
  expect(reasons.filter((reason) => reason !== null)).toEqual([
    kinds.at(-1) === "tool_use" ? "tool_use" : "end_turn",
  ]);
  expect(all.at(-2)?.["delta"].stop_reason).not.toBeNull();
}

/** A response of the responses API: numbered events of one response, whose items are those it ends with. */
export function lawfulResponses(events: readonly WireEvent[]): void {
  const all = dataOf(events);
  expect(events.map(({ event }) => event)).toEqual(all.map(({ type }) => type));
  expect(all.map(({ sequence_number: number }) => number)).toEqual(all.map((_, index) => index));
  expect(all[0]?.["type"]).toBe("response.created");
  expect(all.at(-1)?.["type"]).toBe("response.completed");
  const ids = new Set(all.flatMap(({ response }) => (response ? [response.id] : [])));
  expect(ids.size).toBe(1);
  const added = all.filter(({ type }) => type === "response.output_item.added");
  const done = all.filter(({ type }) => type === "response.output_item.done");
  expect(added.map((each) => each["output_index"])).toEqual(added.map((_, index) => index));
  expect(done.map((each) => each["output_index"])).toEqual(done.map((_, index) => index));
  expect(done.map(({ item }) => item.id)).toEqual(added.map(({ item }) => item.id));
  expect(new Set(done.map(({ item }) => item.id)).size).toBe(done.length);
  expect(all.at(-1)?.["response"].output).toEqual(done.map(({ item }) => item));
  expect(all.at(-1)?.["response"].status).toBe("completed");
  for (const each of all)
    if (each["item_id"] !== undefined)
      expect(each["item_id"]).toBe(added[each["output_index"]]?.["item"].id);
}

/** Chunks of one chat completion, one of which gives the reason of the end. */
export function lawfulChat(events: readonly WireEvent[]): void {
  expect(events.at(-1)?.data).toBe("[DONE]");
  const chunks = dataOf(events.slice(0, -1));
  expect(new Set(chunks.map(({ id }) => id)).size).toBe(1);
  expect(chunks.every(({ object }) => object === "chat.completion.chunk")).toBe(true);
  expect(chunks[0]?.["choices"][0].delta.role).toBe("assistant");
  const choices = chunks.flatMap((chunk) => chunk["choices"] as Event[]);
  const calls = choices.flatMap(({ delta }) => (delta.tool_calls ?? []) as Event[]);
  expect(calls.map(({ index }) => index)).toEqual(calls.map((_, index) => index));
  const reasons = choices
    .map((choice) => choice["finish_reason"])
    .filter((reason) => reason !== null);
  const text = choices.map(({ delta }) => delta.content ?? "").join("");
  expect(reasons).toEqual([calls.length > 0 && text === "" ? "tool_calls" : "stop"]);
  expect(choices.at(-1)?.["finish_reason"]).not.toBeNull();
}
