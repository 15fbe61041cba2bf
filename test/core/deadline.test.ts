import { setImmediate as settled } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { abortable, within } from "../../src/core/deadline.ts";
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
