import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Limits } from "../../../src/core/call/limits.ts";
import { textOf } from "../../../src/kit/content.ts";
import { failure } from "../../helpers/until.ts";

/** A call that runs until it is ended. */
function running(limits: Limits, signal = new AbortController().signal) {
  let end: (text: string) => void = () => {};
  let fail: (error: Error) => void = () => {};
  const work = new Promise<string>((resolve, reject) => {
    end = resolve;
    fail = reject;
  });
  let out = false;
  const result = limits.inTurn(signal, () => {
    out = true;
    return work;
  });
  return { result, end, fail, isOut: () => out };
}
/** What was settled has had its effects. */
const settled = () => new Promise(setImmediate);
const outOf = (calls: readonly ReturnType<typeof running>[]) => calls.map(({ isOut }) => isOut());

describe("calls at once", () => {
  it("are as many as the config says, and the others wait in line, in their order", async () => {
    const limits = new Limits({ concurrency: 2 });
    const calls = Array.from({ length: 5 }, () => running(limits));
    await settled();
    expect(outOf(calls)).toEqual([true, true, false, false, false]);

    calls[1]?.end("second");
    await settled();
    expect(outOf(calls)).toEqual([true, true, true, false, false]);

    calls[0]?.end("first");
    calls[2]?.end("third");
    await settled();
    expect(outOf(calls)).toEqual([true, true, true, true, true]);
    expect(await calls[1]?.result).toBe("second");
  });

  it("are all of them without a limit", async () => {
    const calls = Array.from({ length: 50 }, () => running(new Limits({})));
    await settled();

    expect(outOf(calls)).not.toContain(false);
  });

  it("are no more when one that waits is given up, and its place in the line is free", async () => {
    const limits = new Limits({ concurrency: 1 });
    const control = new AbortController();
    const first = running(limits);
    const second = running(limits, control.signal);
    const third = running(limits);

    control.abort(new Error("given up"));
    expect((await failure(second.result)).message).toBe("given up");
    await settled();
    expect(outOf([first, second, third])).toEqual([true, false, false]);

    first.end("x");
    await settled();
    expect(outOf([first, second, third])).toEqual([true, false, true]);
  });

  it("take no place for one that was given up before", async () => {
    const limits = new Limits({ concurrency: 1 });
    const gone = running(limits, AbortSignal.abort(new Error("gone")));
    expect((await failure(gone.result)).message).toBe("gone");

    const next = running(limits);
    await settled();

    expect(outOf([gone, next])).toEqual([false, true]);
  });

  it("free their place when they fail, also those that fail at once", async () => {
    const limits = new Limits({ concurrency: 1 });
    const first = running(limits);
    const next = running(limits);
    first.fail(new Error("broken"));
    expect((await failure(first.result)).message).toBe("broken");
    next.end("x");
    await next.result;

    const thrown = limits.inTurn(new AbortController().signal, () => {
      throw new Error("at once");
    });
    expect((await failure(thrown)).message).toBe("at once");
    const last = running(limits);
    await settled();

    expect(last.isOut()).toBe(true);
  });

  it("listen to a signal only while they wait", async () => {
    const limits = new Limits({ concurrency: 1 });
    const { signal } = new AbortController();
    const removed = vi.spyOn(signal, "removeEventListener");
    const first = running(limits);
    const second = running(limits, signal);
    first.end("x");
    await settled();

    expect(second.isOut()).toBe(true);
    expect(removed).toHaveBeenCalledTimes(1);
  });

  it("are fewer from a later config on that allows fewer, and never more", async () => {
    const limits = new Limits({ concurrency: 2 });
    const calls = Array.from({ length: 4 }, () => running(limits));
    limits.narrow({ concurrency: 1 });
    limits.narrow({ concurrency: 9 });

    calls[0]?.end("x");
    await settled();
    expect(outOf(calls)).toEqual([true, true, false, false]);

    calls[1]?.end("x");
    await settled();
    expect(outOf(calls)).toEqual([true, true, true, false]);
  });
});

describe("calls within a minute", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["performance"] }));
  afterEach(() => void vi.useRealTimers());
  const refused = (limits: Limits) => {
    const result = limits.refusal("echo");
    return result && textOf(result);
  };

  it("beyond the limit are tool errors that tell the seconds to wait", () => {
    const limits = new Limits({ perMinute: 3 });
    expect(refused(limits)).toBeUndefined();
    vi.advanceTimersByTime(9_500);
    for (let call = 0; call < 2; call++) expect(refused(limits)).toBeUndefined();

    expect(limits.refusal("echo")?.isError).toBe(true);
    expect(refused(limits)).toBe(
      "`echo` was not called: this session may make 3 calls in a minute, and has. Wait 51 s.",
    );
  });

  it("are those of the last 60 s at any moment, and a refused one is none of them", () => {
    const limits = new Limits({ perMinute: 2 });
    refused(limits);
    vi.advanceTimersByTime(30_000);
    refused(limits);
    for (let call = 0; call < 5; call++) expect(refused(limits)).toContain("Wait 30 s.");

    vi.advanceTimersByTime(29_999);
    expect(refused(limits)).toContain("Wait 1 s.");
    vi.advanceTimersByTime(1);
    expect(refused(limits)).toBeUndefined();
    expect(refused(limits)).toContain("Wait 30 s.");
  });

  it("are fewer from a later config on that allows fewer, and never more", () => {
    const limits = new Limits({ perMinute: 5 });
    for (let call = 0; call < 3; call++) refused(limits);

    limits.narrow({ perMinute: 3 });
    limits.narrow({});
    expect(refused(limits)).toContain("may make 3 calls");
    limits.narrow({ perMinute: 9 });
    expect(refused(limits)).toContain("may make 3 calls");
  });

  it("are counted from the config on that limits them first", () => {
    const limits = new Limits({});
    for (let call = 0; call < 1_000; call++) expect(refused(limits)).toBeUndefined();
    limits.narrow({ perMinute: 1 });

    expect(refused(limits)).toBeUndefined();
    expect(refused(limits)).toContain("Wait 60 s.");
  });
});
