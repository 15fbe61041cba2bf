import type { CodexFacts } from "../../plugins/codex/detect.ts";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { driveCodex } from "../../plugins/codex/driver.ts";
import { H2mError, type HostIo, type Seat } from "../../src/plugin.ts";
import { HandedCalls } from "../helpers/handed-calls.ts";

interface Sent {
  id?: number;
  method: string;
  params: Record<string, unknown>;
}

const ANSWERS: Record<string, object> = {
  initialize: {},
  "thread/start": { thread: { id: "thread-1" } },
  canary: { thread: { id: "canary" } },
  "turn/start": { turn: { id: "turn-1" } },
  "thread/backgroundTerminals/list": {
    data: [
      { itemId: "other", processId: "1" },
      { itemId: "call-1", processId: "2" },
    ],
  },
};

const seat: Seat = {
  id: "seat-1",
  token: "key",
  cwd: "/project",
  env: { MARK: "m" },
  prompt: "go",
};

/** A host that answers every request, unless `silent` names it. */
class FakeHost {
  readonly sent: Sent[] = [];
  readonly bound: string[] = [];
  readonly calls = new HandedCalls();
  readonly warnings: string[] = [];
  readonly exit = new AbortController();
  readonly silent = new Set<string>();
  readonly refused = new Set<string>();
  readonly answers: Record<string, object> = { ...ANSWERS };
  readonly io: HostIo<CodexFacts>;
  #listener: (line: string) => void = () => {};

  constructor(facts: CodexFacts = { model: {} }) {
    this.io = {
      plan: { command: "codex", args: [] },
      context: {
        install: { command: "codex", facts },
        options: {},
        prompt: "go",
        cwd: "/project",
        home: "/home",
        origin: "http://h",
        token: "t",
        secret: "s",
      },
      pid: 1,
      exited: this.exit.signal,
      write: (line) => this.#take(JSON.parse(line)),
      onLine: (listener) => void (this.#listener = listener),
      onPost: () => {},
      bind: (_, conversation) =>
        void this.bound.push(`${conversation} after ${this.methods.at(-1)}`),
      notice: () => {},
      unknown: () => {},
      warn: (text) => void this.warnings.push(text),
      kill: () => {},
      run: () => Promise.reject(new Error("nothing is run here")),
    };
  }

  get methods(): string[] {
    return this.sent.map(({ method }) => method);
  }

  say(message: object): void {
    this.#listener(JSON.stringify(message));
  }

  #take(message: Sent): void {
    this.sent.push(message);
    const { id, method, params } = message;
    // What is said of threads is meant for those of seats.
    const canary = String(params?.["cwd"]).endsWith("/canary");
    if (canary) return queueMicrotask(() => this.say({ id, result: this.answers["canary"] }));
    if (id === undefined || this.silent.has(method)) return;
    const answer = this.refused.has(method)
      ? { error: { message: `no ${method}` } }
      : { result: this.answers[method] ?? {} };
    queueMicrotask(() => this.say({ id, ...answer }));
  }
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("the driver of codex", () => {
  it("opens a seat: greets once, starts a thread, binds it, and only then starts a turn", async () => {
    const host = new FakeHost();
    const driver = driveCodex(host.io);

    await driver.open(seat);
    await driver.open({ ...seat, id: "seat-2" });

    expect(host.methods).toEqual([
      "initialize",
      "initialized",
      // The canary.
      "thread/start",
      "thread/unsubscribe",
      "thread/start",
      "turn/start",
      "thread/start",
      "turn/start",
    ]);
    expect(host.bound[0]).toBe("thread-1 after thread/start");
    expect(host.sent[5]?.params).toMatchObject({ threadId: "thread-1", input: [{ text: "go" }] });
  });

  it("refuses a codex that heeds the files of a folder, naming one and the way out", async () => {
    const host = new FakeHost();
    host.answers["canary"] = { thread: { id: "canary" }, reasoningEffort: "high" };
    const driver = driveCodex(host.io);

    for (const id of ["seat-1", "seat-2"]) {
      await expect(driver.open({ ...seat, id })).rejects.toMatchObject({
        message: expect.stringContaining("/project/.codex/config.toml"),
        hint: expect.stringContaining('settings: "user"'),
      });
    }

    expect(host.methods).not.toContain("turn/start");
  });

  it("tells codex to trust no folder from the seat's up, by any name", async () => {
    const host = new FakeHost();

    await driveCodex(host.io).open({ ...seat, cwd: "/a.b/c d" });

    const untrusted = { trust_level: "untrusted" };
    const threads = host.sent.filter(({ method }) => method === "thread/start");
    expect(threads.map(({ params }) => params["config"])).toMatchObject([
      { projects: { "/home/canary": untrusted } },
      { projects: { "/a.b/c d": untrusted, "/a.b": untrusted, "/": untrusted } },
    ]);
  });

  it("ends what it opened for a seat that was closed meanwhile, and starts nothing in it", async () => {
    const host = new FakeHost();
    const driver = driveCodex(host.io);
    await driver.open({ ...seat, id: "other" });
    host.silent.add("thread/start");
    const opening = expect(driver.open(seat)).rejects.toMatchObject({ code: "closed" });
    await vi.advanceTimersByTimeAsync(0);

    await driver.close?.(seat);
    const { id } = host.sent.findLast(({ method }) => method === "thread/start") as Sent;
    host.say({ id, result: { thread: { id: "thread-2" } } });
    await opening;
    host.say({ method: "turn/completed", params: { threadId: "thread-2" } });
    await vi.advanceTimersByTimeAsync(5_000);

    const told = host.sent.filter(({ params }) => params?.["threadId"] === "thread-2");
    expect(told.map(({ method }) => method)).toEqual([
      "thread/backgroundTerminals/clean",
      "thread/unsubscribe",
    ]);
  });

  it("interrupts the turn that it was starting when the seat was closed", async () => {
    const host = new FakeHost();
    host.silent.add("turn/start");
    const driver = driveCodex(host.io);
    const opening = driver.open(seat);
    await vi.waitFor(() => expect(host.methods).toContain("turn/start"));

    const closing = driver.close?.(seat);
    const { id } = host.sent.findLast(({ method }) => method === "turn/start") as Sent;
    host.say({ id, result: { turn: { id: "turn-7" } } });
    await Promise.all([closing, opening]);
    host.say({ method: "turn/completed", params: { threadId: "thread-1" } });
    await vi.advanceTimersByTimeAsync(5_000);

    expect(host.sent.slice(-3)).toMatchObject([
      { method: "turn/interrupt", params: { turnId: "turn-7" } },
      { method: "thread/backgroundTerminals/clean" },
      { method: "thread/unsubscribe" },
    ]);
  });

  it("starts no turn for a seat that is closed while its turn is renewed", async () => {
    const host = new FakeHost();
    const driver = driveCodex(host.io);
    await driver.open(seat);

    const reset = expect(driver.reset?.(seat)).rejects.toMatchObject({ code: "closed" });
    await vi.advanceTimersByTimeAsync(0);
    await driver.close?.(seat);
    await reset;
    await vi.advanceTimersByTimeAsync(5_000);

    expect(host.methods.filter((method) => method === "turn/start")).toHaveLength(1);
  });

  it("says why a seat could not be opened", async () => {
    const host = new FakeHost();
    host.refused.add("thread/start");

    await expect(driveCodex(host.io).open(seat)).rejects.toThrow("no thread/start");
  });

  it("waits for no answer for ever", async () => {
    const host = new FakeHost();
    host.silent.add("initialize");
    const opening = expect(driveCodex(host.io).open(seat)).rejects.toMatchObject({
      code: "timeout",
    });

    await vi.advanceTimersByTimeAsync(20_000);

    await opening;
  });

  it("fails what waits when the host ends", async () => {
    const host = new FakeHost();
    host.silent.add("thread/start");
    const opening = expect(driveCodex(host.io).open(seat)).rejects.toMatchObject({
      code: "harness-exited",
    });
    await vi.advanceTimersByTimeAsync(0);

    host.exit.abort(new H2mError("harness-exited", "It ended."));

    await opening;
  });

  it("stops the one command of a call", async () => {
    const host = new FakeHost();
    const driver = driveCodex(host.io);
    await driver.open(seat);

    const call = { id: "call-1", name: "exec_command", arguments: {} };
    driver.send?.(seat, call, host.calls.out(call.id));
    host.calls.cancel(call.id);
    await vi.waitFor(() => expect(host.calls.has(call.id)).toBe(true));

    expect(host.sent.at(-1)).toMatchObject({
      method: "thread/backgroundTerminals/terminate",
      params: { threadId: "thread-1", processId: "2" },
    });
    // It is out no more: or else no idle moment would ever come.
    expect(host.calls.results).toHaveLength(1);
  });

  it("stops nothing for a call that runs no command", async () => {
    const host = new FakeHost();
    const driver = driveCodex(host.io);
    await driver.open(seat);

    const call = { id: "call-9", name: "view_image", arguments: {} };
    driver.send?.(seat, call, host.calls.out(call.id));
    host.calls.cancel(call.id);
    await vi.waitFor(() => expect(host.calls.has(call.id)).toBe(true));

    expect(host.methods).not.toContain("thread/backgroundTerminals/terminate");
    expect(host.calls.results).toHaveLength(1);
  });

  it("closes a seat with all that it runs, even if its turn has just ended", async () => {
    const host = new FakeHost();
    host.refused.add("turn/interrupt");
    const driver = driveCodex(host.io);
    await driver.open(seat);

    await driver.close?.(seat);

    expect(host.sent.slice(-3)).toMatchObject([
      { method: "turn/interrupt", params: { threadId: "thread-1", turnId: "turn-1" } },
      { method: "thread/backgroundTerminals/clean", params: { threadId: "thread-1" } },
      { method: "thread/unsubscribe", params: { threadId: "thread-1" } },
    ]);
  });

  it("starts a new turn, but not at once, when one has ended under an open seat", async () => {
    const host = new FakeHost();
    const driver = driveCodex(host.io);
    await driver.open(seat);
    const turns = () => host.methods.filter((method) => method === "turn/start").length;

    host.say({ method: "turn/completed", params: { threadId: "thread-1" } });
    await vi.advanceTimersByTimeAsync(900);
    expect(turns()).toBe(1);
    await vi.advanceTimersByTimeAsync(200);

    expect(turns()).toBe(2);
  });

  it("starts no turn beside one that codex began by itself, nor for a closed seat", async () => {
    const host = new FakeHost();
    const driver = driveCodex(host.io);
    await driver.open(seat);
    const ended = { method: "turn/completed", params: { threadId: "thread-1" } };

    host.say(ended);
    host.say({ method: "turn/started", params: { threadId: "thread-1", turn: { id: "turn-2" } } });
    await vi.advanceTimersByTimeAsync(5_000);
    host.say(ended);
    await driver.close?.(seat);
    await vi.advanceTimersByTimeAsync(5_000);

    expect(host.methods.filter((method) => method === "turn/start")).toHaveLength(1);
  });

  it("refuses what codex asks of a person, so that no call waits for one", async () => {
    const host = new FakeHost();
    await driveCodex(host.io).open(seat);

    host.say({ id: "q1", method: "item/tool/requestUserInput", params: {} });

    expect(host.sent.at(-1)).toMatchObject({ id: "q1", error: { code: -32601 } });
  });

  it("reports the troubles of its own threads", async () => {
    const host = new FakeHost();
    await driveCodex(host.io).open(seat);

    host.say({ method: "error", params: { threadId: "thread-1", error: { message: "cut off" } } });
    host.say({ method: "error", params: { threadId: "other", error: { message: "not ours" } } });

    expect(host.warnings).toEqual(["cut off"]);
  });

  it("warns at its start if there is no model with a patch tool", () => {
    const host = new FakeHost({});

    driveCodex(host.io);

    expect(host.warnings).toEqual([expect.stringContaining("apply_patch")]);
  });
});
