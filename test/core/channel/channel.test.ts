import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Channel } from "../../../src/core/channel/channel.ts";
import type { Host } from "../../../src/core/host/host.ts";
import { Hooks } from "../../../src/core/plugins/hooks.ts";
import type { Toolset } from "../../../src/core/tools/toolset.ts";
import { H2mError } from "../../../src/errors.ts";
import { textResult, type OutCall, type ToolCall } from "../../../src/plugin.ts";
import type { SessionInfo } from "../../../src/types/session.ts";
import { turnOf, Written } from "./bench.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] }));
afterEach(() => void vi.useRealTimers());

/** Lets what was promised be heard of, and what goes out soon go out. */
const heard = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A host that does as the test says. */
class FakeHost {
  readonly exit = new AbortController();
  readonly exited = this.exit.signal;
  readonly tail = "";
  readonly sent = new Map<string, OutCall>();
  early = false;
  canReset = true;
  open = async () => {};
  close = async () => {};
  growth = () => 0;
  reset = () => new Promise<readonly string[]>(() => {});
  gaveUp = (_seat: string, _call: ToolCall, reason: unknown) => reason;
  send = (_seat: string, call: ToolCall, out: OutCall) => {
    this.sent.set(call.id, out);
    return { call, early: this.early };
  };
}

let host: FakeHost;
let over: AbortController;
let channel: Channel;
let told: string[];

beforeEach(() => {
  host = new FakeHost();
  over = new AbortController();
  told = [];
  const hooks = new Hooks();
  hooks.on("warning", ({ message }) => void told.push(message));
  hooks.on("error", ({ error }) => void told.push(error.message));
  channel = new Channel({
    source: {
      harness: "fake",
      version: async () => undefined,
      seat: async () => ({ host: host as unknown as Host, seatId: "seat" }),
    },
    toolset: { state: "sent", update: () => false } as unknown as Toolset,
    hooks,
    connect: 60_000,
    shutdown: 1_000,
    over: over.signal,
    session: () => ({}) as SessionInfo,
    onTools: () => {},
    onNotice: (message) => void told.push(message),
    onGone: (reason) => void told.push(reason),
  });
});

const turn = (...given: Parameters<typeof turnOf>): Written => {
  const reply = new Written();
  channel.admit(turnOf(...given), undefined, undefined, reply);
  return reply;
};
const started = async () => {
  const ready = channel.harness.ready();
  await heard();
  const reply = turn();
  await ready;
  return reply;
};
const call = (id: string): ToolCall => ({ id, name: "tool", arguments: {} });

describe("a session that ends", () => {
  it("while its history begins anew says nothing of it", async () => {
    host.early = true;
    await started();
    const done = channel.send(call("1"), new AbortController().signal);
    await heard();
    host.growth = () => 1;
    host.sent.get("1")?.settle(textResult("x"));
    await done;

    const error = new H2mError("closed", "The session has ended: it was closed.");
    over.abort(error);
    await channel.end(error);
    await heard();

    expect(told).toEqual([]);
  });
});

describe("a call that was given up and ends later", () => {
  /** Many that are given up while they are out; the next turn brings the end of each. */
  const many = async (count: number) => {
    await started();
    for (let index = 0; index < count; index++) {
      const control = new AbortController();
      const sent = channel.send(call(`${index}`), control.signal);
      await heard();
      control.abort(new H2mError("cancelled", "x"));
      await expect(sent).rejects.toThrow("x");
      turn({ [index]: textResult("x") });
    }
  };

  it("shows that the harness waits for its answers", async () => {
    await many(35);

    expect(told).toEqual([]);
  });

  it("may have left something in the harness, whose loss is told", async () => {
    await many(1);

    channel.hostExited(host as unknown as Host, new H2mError("harness-exited", "x"));

    expect(told).toEqual([expect.stringContaining("is started anew. Lost:")]);
  });
});

describe("a measure of the driver's", () => {
  it("that stays grown has the history begin anew once for what was done, and calls go out", async () => {
    let resets = 0;
    host.growth = () => 1;
    host.reset = async () => {
      resets++;
      setImmediate(turn);
      return [];
    };
    host.early = true;
    await started();
    void channel.send(call("1"), new AbortController().signal).catch(() => {});
    for (let count = 0; count < 100; count++) await heard();

    expect([...host.sent.keys()]).toEqual(["1"]);
    expect(told).toEqual([]);
    expect(resets).toBe(1);
  });

  it("that falls by itself lets calls go that it held back", async () => {
    host.early = true;
    await started();
    const { signal } = new AbortController();
    const first = channel.send(call("1"), signal);
    await heard();
    host.growth = () => 2;
    void channel.send(call("2"), signal).catch(() => {});
    await heard();
    // Such as by a turn that codex ended by itself.
    host.growth = () => 0;
    host.sent.get("1")?.settle(textResult("x"));
    await first;
    for (let count = 0; count < 10; count++) await heard();

    expect([...host.sent.keys()]).toEqual(["1", "2"]);
  });
});
