import { getEventListeners } from "node:events";
import { setImmediate as settled } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { abortable, untilFirst, within } from "../../src/kit/deadline.ts";
import { failure, unhandled } from "../helpers/until.ts";

const late = () => new Error("late");
const HELPERS: [string, (promise: Promise<unknown>, signal: AbortSignal) => Promise<unknown>][] = [
  ["within", (promise, signal) => within(promise, 10_000, late, signal)],
  ["abortable", (promise, signal) => abortable(promise, signal)],
];

describe.each(HELPERS)("%s", (_, wait) => {
  it("handles a promise that fails after the signal has aborted, or before it is given", async () => {
    const missed = await unhandled(async () => {
      const signal = AbortSignal.abort(new Error("gone"));
      const later = settled().then(() => Promise.reject(new Error("later")));
      for (const promise of [Promise.reject(new Error("at once")), later])
        expect((await failure(wait(promise, signal))).message).toBe("gone");

      const control = new AbortController();
      const waiting = failure(wait(later, control.signal));
      control.abort(new Error("gone"));
      expect((await waiting).message).toBe("gone");
      await later.catch(() => {});
    });

    expect(missed).toEqual([]);
  });

  it("gives what the promise gives, and leaves nothing at the signal", async () => {
    const { signal } = new AbortController();
    let listeners = 0;
    const { addEventListener: add, removeEventListener: remove } = signal;
    signal.addEventListener = (...given: [string, never]) => (
      listeners++,
      add.apply(signal, given)
    );
    signal.removeEventListener = (...given: [string, never]) => (
      listeners--,
      remove.apply(signal, given)
    );

    expect(await wait(Promise.resolve(1), signal)).toBe(1);
    expect((await failure(wait(Promise.reject(new Error("own")), signal))).message).toBe("own");
    await settled();
    expect(listeners).toBe(0);
  });
});

describe("the first of several signals", () => {
  it.each([0, 1])("aborts, with its reason, whichever it is (%s)", async (which) => {
    const controls = [new AbortController(), new AbortController()];
    const waiting = untilFirst([controls[0]?.signal, undefined, controls[1]?.signal], (first) =>
      within(new Promise(() => {}), 10_000, () => new Error("late"), first),
    );

    controls[which]?.abort(new Error(`by ${which}`));

    await expect(waiting).rejects.toThrow(`by ${which}`);
  });

  it("has aborted where one had before", async () => {
    const before = AbortSignal.abort(new Error("before"));

    const aborted = untilFirst(
      [new AbortController().signal, before],
      async (first) => first.reason,
    );

    expect(await aborted).toMatchObject({ message: "before" });
  });

  it("leaves no listener with any of them, whether it ends well or not", async () => {
    const { signal } = new AbortController();

    await untilFirst([signal], async () => {
      expect(getEventListeners(signal, "abort")).toHaveLength(1);
    });
    await expect(untilFirst([signal], () => Promise.reject(new Error("no")))).rejects.toThrow("no");

    expect(getEventListeners(signal, "abort")).toEqual([]);
  });
});
