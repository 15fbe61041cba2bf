import type { CodexFacts } from "../../plugins/codex/detect.ts";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { driveCodex } from "../../plugins/codex/driver.ts";
import type { HarnessDriver, HostIo, Seat, ToolCall } from "../../src/plugin.ts";
import { textOf } from "../../src/plugin.ts";
import { HandedCalls } from "../helpers/handed-calls.ts";

const THREAD = "thread-1";
const seat: Seat = { id: "seat-1", token: "key", cwd: "/project", prompt: "go" };

/** A host whose items and telemetry the test tells. */
class FakeHost {
  readonly methods: string[] = [];
  readonly calls = new HandedCalls();
  readonly warnings: string[] = [];
  readonly unknown: string[] = [];
  readonly runs: string[] = [];
  readonly terminals: object[] = [];
  readonly driver: HarnessDriver;
  #line: (line: string) => void = () => {};
  #post: (body: unknown) => void = () => {};
  /** The first thread is the canary's. */
  #threads = -1;

  constructor() {
    const io: HostIo<CodexFacts> = {
      plan: { command: "codex", args: [] },
      context: {
        install: { command: "codex", facts: { model: {} } },
        options: {},
        prompt: "go",
        cwd: "/project",
        home: "/home",
        origin: "http://h",
        token: "t",
        secret: "s",
      },
      pid: 1,
      exited: new AbortController().signal,
      write: (line) => this.#take(JSON.parse(line)),
      onLine: (listener) => void (this.#line = listener),
      onPost: (_, listener) => void (this.#post = listener),
      bind: () => {},
      notice: () => {},
      unknown: (kind) => void this.unknown.push(kind),
      warn: (text) => void this.warnings.push(text),
      kill: () => {},
      run: async (_, name) => {
        this.runs.push(name);
        return { content: [] };
      },
    };
    this.driver = driveCodex(io);
  }

  /** Opens the seat and lets the telemetry say its first word. */
  async open(): Promise<void> {
    await this.driver.open(seat);
    this.#post({});
  }

  /** Sends a call as the core does; tells how it goes out, and whether early. */
  send(name: string, args: Record<string, unknown>, id = "c1"): { out: ToolCall; early: boolean } {
    const call = { id, name, arguments: args };
    const { call: out, early = false } = this.driver.send!(seat, call, this.calls.out(id));
    return { out, early };
  }

  started(id: string, item: object = {}): void {
    this.#item("item/started", { type: "commandExecution", id, processId: "77", ...item });
  }

  completed(id: string, item: object): void {
    this.#item("item/completed", { type: "commandExecution", id, processId: "77", ...item });
  }

  printed(id: string, delta: string): void {
    const params = { threadId: THREAD, itemId: id, delta };
    this.say({ method: "item/commandExecution/outputDelta", params });
  }

  told(callId: string, output: string, { success = true, cut = false } = {}): void {
    const values = {
      "event.name": "codex.tool_result",
      call_id: callId,
      "conversation.id": THREAD,
      output,
      success: String(success),
    };
    const attributes = [
      ...Object.entries(values).map(([key, stringValue]) => ({ key, value: { stringValue } })),
      { key: "output_truncated", value: { boolValue: cut } },
    ];
    this.#post({ resourceLogs: [{ scopeLogs: [{ logRecords: [{ attributes }] }] }] });
  }

  text(id = "c1"): string | undefined {
    const result = this.calls.of(id);
    return result && textOf(result);
  }

  say(message: object): void {
    this.#line(JSON.stringify(message));
  }

  #item(method: string, item: object): void {
    this.say({ method, params: { threadId: THREAD, item } });
  }

  #take({ id, method }: { id?: number; method: string }): void {
    this.methods.push(method);
    if (id === undefined) return;
    const answers: Record<string, () => object> = {
      "thread/start": () => ({ thread: { id: `thread-${++this.#threads}` } }),
      "turn/start": () => ({ turn: { id: "turn-1" } }),
      "thread/backgroundTerminals/list": () => ({ data: this.terminals }),
    };
    const ended = { method: "turn/completed", params: { threadId: THREAD } };
    queueMicrotask(() => {
      this.say({ id, result: answers[method]?.() ?? {} });
      if (method === "turn/interrupt") this.say(ended);
    });
  }
}

const head = (state: string, body: string, tokens = Math.ceil(body.length / 4)) =>
  `Chunk ID: abc123\nWall time: 0.1000 seconds\nProcess ${state}\nOriginal token count: ${tokens}\nOutput:\n${body}`;
const withoutTime = (text: string | undefined) =>
  text?.replace(/Chunk ID: \w+/, "Chunk ID: abc123").replace(/[\d.]+ seconds/, "0.1000 seconds");

let host: FakeHost;
beforeEach(async () => {
  vi.useFakeTimers();
  host = new FakeHost();
  await host.open();
});
afterEach(() => void vi.useRealTimers());

describe("what settles a call of codex", () => {
  it("is passed on where it is of a kind that is not known", () => {
    host.send("exec_command", { cmd: "x" });

    host.started("c1");
    host.printed("c1", "hi");
    const params = { threadId: THREAD, callId: "c1", output: "hi" };
    host.say({ method: "tool/ended", params });

    expect(host.unknown).toEqual(["tool/ended"]);
    expect(host.calls.results).toEqual([]);
  });

  const told: [
    what: string,
    call: [string, object],
    output: string,
    success: boolean,
    isError: boolean,
  ][] = [
    [
      "a command that ended",
      ["exec_command", { cmd: "x" }],
      head("exited with code 0", "hi\n"),
      true,
      false,
    ],
    [
      "a command that failed",
      ["exec_command", { cmd: "x" }],
      head("exited with code 3", "hi\n"),
      true,
      true,
    ],
    [
      "a command that could not start",
      ["exec_command", { cmd: "x" }],
      "exec_command failed: no",
      false,
      true,
    ],
    [
      "a session that is not there",
      ["write_stdin", { session_id: 5 }],
      "write_stdin failed: Unknown process id 5",
      false,
      true,
    ],
    [
      "a patch that does not fit",
      ["apply_patch", { input: "x" }],
      "apply_patch verification failed: no",
      false,
      true,
    ],
    [
      "a question to a person",
      ["request_user_input", {}],
      "request_user_input is unavailable",
      false,
      true,
    ],
    ["a goal", ["get_goal", {}], '{"goal":null}', true, false],
    ["an agent", ["multi_agent_v1_spawn_agent", {}], '{"agent_id":"a"}', true, false],
  ];
  it.each(told)("is the telemetry of %s", (_, [name, args], output, success, isError) => {
    expect(host.send(name, { ...args }).early).toBe(true);

    host.told("c1", output, { success });

    expect(host.text()).toBe(output);
    expect(host.calls.of("c1")?.isError ?? false).toBe(isError);
  });

  it("is the item of a patch that fitted, in the order in which codex names the files", () => {
    const input =
      "*** Begin Patch\n*** Delete File: d\n*** Update File: u\n*** Move to: m\n@@\n-x\n+y\n*** Add File: a\n+x\n*** End Patch\n";
    host.send("apply_patch", { input });

    host.completed("c1", { type: "fileChange", status: "completed", changes: [{}, {}, {}] });

    expect(host.text()).toBe(
      "Exit code: 0\nWall time: 0 seconds\nOutput:\nSuccess. Updated the following files:\nA a\nM m\nD d\n",
    );
  });

  it("is the header of the telemetry with the output of the item, if there is more than 2 KiB", () => {
    const body = "line\n".repeat(1_000);
    host.send("exec_command", { cmd: "x" });
    host.started("c1");
    host.told("c1", head("exited with code 0", body.slice(0, 1_900), 1_250), { cut: true });
    expect(host.calls.results).toEqual([]);

    host.completed("c1", { aggregatedOutput: body, exitCode: 0, durationMs: 100 });

    expect(host.text()).toBe(head("exited with code 0", body, 1_250));
  });

  it("is cut to the budget that the client gave, as codex cuts", () => {
    host.send("exec_command", { cmd: "x", max_output_tokens: 2 });

    host.told("c1", head("exited with code 0", "abcdefghij\nklmnop\n"));

    expect(host.text()).toBe(
      head(
        "exited with code 0",
        "Warning: truncated output (original token count: 5)\nTotal output lines: 2\n\nabcd…3 tokens truncated…nop\n",
        5,
      ),
    );
  });
});

describe("a command that takes its time", () => {
  it("goes out with the shortest wait and is given at its end, within the client's wait", async () => {
    const { out } = host.send("exec_command", { cmd: "x" });
    expect(out.arguments).toEqual({ cmd: "x", yield_time_ms: 250 });
    host.started("c1");
    host.told("c1", head("running with session ID 77", "s\n"));
    await vi.advanceTimersByTimeAsync(9_000);
    expect(host.calls.results).toEqual([]);

    host.completed("c1", { aggregatedOutput: "s\ne\n", exitCode: 4, durationMs: 9_250 });

    expect(host.text()).toContain("Wall time: 9.2500 seconds\nProcess exited with code 4");
    expect(host.text()).toContain("Output:\ns\ne\n");
    expect(host.calls.of("c1")?.isError).toBe(true);
  });

  it("is given as running when the client's wait is over, with all that it printed", async () => {
    host.send("exec_command", { cmd: "x", yield_time_ms: 1_000 });
    host.started("c1");
    host.told("c1", head("running with session ID 77", "first\nsecond\n"));
    // The items begin a moment late.
    host.printed("c1", "third\n");

    await vi.advanceTimersByTimeAsync(1_000);

    expect(withoutTime(host.text())).toBe(
      head("running with session ID 77", "first\nsecond\nthird\n"),
    );
  });

  it("tells what both witnesses have heard of it once", async () => {
    host.send("exec_command", { cmd: "x", yield_time_ms: 1_000 });
    host.started("c1");
    host.printed("c1", "second\nthird\n");
    host.told("c1", head("running with session ID 77", "first\nsecond\n"));

    await vi.advanceTimersByTimeAsync(1_000);

    expect(withoutTime(host.text())).toBe(
      head("running with session ID 77", "first\nsecond\nthird\n"),
    );
  });

  it("reports its progress", async () => {
    host.send("exec_command", { cmd: "x" });
    host.started("c1");

    host.printed("c1", "one\n");
    host.printed("c1", "two\n");
    await vi.advanceTimersByTimeAsync(200);

    expect(host.calls.progress).toEqual([["c1", "one\ntwo\n"]]);
  });

  describe("and is asked for", () => {
    beforeEach(async () => {
      host.send("exec_command", { cmd: "x", yield_time_ms: 250 });
      host.started("c1");
      host.told("c1", head("running with session ID 77", "told\n"));
      await vi.advanceTimersByTimeAsync(250);
    });

    it("is not waited for inside codex, and given at its end", async () => {
      const { out } = host.send("write_stdin", { session_id: 77, yield_time_ms: 20_000 }, "c2");
      expect(out.arguments).toEqual({ session_id: -1 });
      host.told("c2", "write_stdin failed: Unknown process id -1", { success: false });
      host.printed("c1", "more\n");
      await vi.advanceTimersByTimeAsync(6_000);
      expect(host.calls.has("c2")).toBe(false);

      host.completed("c1", { aggregatedOutput: "told\nmore\n", exitCode: 0, durationMs: 6_250 });

      expect(withoutTime(host.text("c2"))).toBe(head("exited with code 0", "more\n"));
    });

    it("is given as running after the time that codex would wait", async () => {
      host.send("write_stdin", { session_id: 77, yield_time_ms: 100 }, "c2");
      host.printed("c1", "more\n");

      await vi.advanceTimersByTimeAsync(4_900);
      expect(host.calls.has("c2")).toBe(false);
      await vi.advanceTimersByTimeAsync(200);

      expect(withoutTime(host.text("c2"))).toBe(head("running with session ID 77", "more\n"));
    });

    it("is gone when its end was told", async () => {
      host.send("write_stdin", { session_id: 77 }, "c2");
      host.completed("c1", { aggregatedOutput: "told\n", exitCode: 0, durationMs: 900 });
      host.send("write_stdin", { session_id: 77 }, "c3");

      host.told("c3", head("exited with code 0", "told\n"));

      expect(host.text("c3")).toBe("write_stdin failed: Unknown process id 77");
      expect(host.calls.of("c3")?.isError).toBe(true);
    });

    it("takes what is written with the shortest wait", async () => {
      const { out } = host.send(
        "write_stdin",
        { session_id: 77, chars: "x\n", yield_time_ms: 900 },
        "c2",
      );
      expect(out.arguments).toEqual({ session_id: 77, chars: "x\n", yield_time_ms: 250 });
      host.printed("c1", "x\n");
      host.told("c2", head("running with session ID 77", "x\n"));
      host.printed("c1", "y\n");

      await vi.advanceTimersByTimeAsync(900);

      expect(withoutTime(host.text("c2"))).toBe(head("running with session ID 77", "x\ny\n"));
    });
  });
});

describe("a call that only a turn can bring", () => {
  it("is an image that nothing runs beside", () => {
    expect(host.send("view_image", { path: "a.png" }).early).toBe(false);
  });

  it("is not an image beside a command", () => {
    host.send("exec_command", { cmd: "x" });

    expect(host.send("view_image", { path: "a.png" }, "c2").early).toBe(true);
  });

  it("is a long refusal: the turn is ended by a call of our own", async () => {
    host.send("apply_patch", { input: "x" });

    host.told("c1", "apply_patch verification failed: a very", { success: false, cut: true });
    await vi.advanceTimersByTimeAsync(20);

    expect(host.calls.results).toEqual([]);
    expect(host.runs).toEqual(["write_stdin"]);
  });

  it("waits a moment for the commands beside it, which then yield", async () => {
    host.send("exec_command", { cmd: "x" });
    host.started("c1");
    host.told("c1", head("running with session ID 77", "so far\n"));
    host.send("apply_patch", { input: "x" }, "c2");
    host.told("c2", "a very long", { success: false, cut: true });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(host.runs).toEqual([]);

    await vi.advanceTimersByTimeAsync(1_500);

    expect(withoutTime(host.text("c1"))).toBe(head("running with session ID 77", "so far\n"));
    expect(host.runs).toHaveLength(1);
  });
});

describe("telemetry that does not come", () => {
  it("makes every call wait for its turn from the start", async () => {
    const silent = new FakeHost();
    await silent.driver.open(seat);

    expect(silent.send("exec_command", { cmd: "x" })).toMatchObject({
      early: false,
      out: { arguments: { cmd: "x" } },
    });
  });

  it("leaves a command to its item, and the calls after it to their turns, with one warning", async () => {
    host.send("exec_command", { cmd: "x" });
    host.started("c1");
    host.completed("c1", { aggregatedOutput: "out\n", exitCode: 0, durationMs: 100 });

    await vi.advanceTimersByTimeAsync(2_100);

    expect(withoutTime(host.text())).toBe(head("exited with code 0", "out\n"));
    expect(host.send("exec_command", { cmd: "y" }, "c2").early).toBe(false);
    expect(host.warnings).toHaveLength(1);
  });

  it("ends the turn for a call of which nothing is heard", async () => {
    host.send("get_goal", {});

    await vi.advanceTimersByTimeAsync(10_100);

    expect(host.runs).toHaveLength(1);
  });

  it("is trusted again when it is back", async () => {
    host.send("exec_command", { cmd: "x" });
    host.started("c1");
    host.completed("c1", { aggregatedOutput: "out\n", exitCode: 0, durationMs: 100 });
    await vi.advanceTimersByTimeAsync(2_100);

    host.told("c1", head("exited with code 0", "out\n"));

    expect(host.send("exec_command", { cmd: "y" }, "c2").early).toBe(true);
  });
});

describe("a history that has grown", () => {
  const calls = (count: number, name: string) => {
    for (let at = 0; at < count; at++) {
      host.send(name, {}, `n${at}`);
      host.told(`n${at}`, "{}");
    }
  };
  const since = (place: number) => host.methods.slice(place);

  it("is due after 200 patches, for which a new turn is enough", async () => {
    calls(200, "apply_patch");
    expect(host.driver.growth?.(seat)).toBe(1);
    const place = host.methods.length;

    expect(await host.driver.reset?.(seat)).toEqual([]);

    expect(since(place)).toEqual(["turn/interrupt", "turn/start"]);
    expect(host.driver.growth?.(seat)).toBe(0);
  });

  it("begins anew in a new thread, and says what was lost", async () => {
    calls(999, "get_goal");
    calls(1, "multi_agent_v1_spawn_agent");
    const place = host.methods.length;

    expect(await host.driver.reset?.(seat)).toEqual(["the agents that were spawned"]);
    await vi.advanceTimersByTimeAsync(0);

    expect(since(place)).toEqual([
      "thread/backgroundTerminals/list",
      "thread/start",
      "turn/start",
      "turn/interrupt",
      "thread/unsubscribe",
    ]);
  });

  it("stays in its thread while a command runs there", async () => {
    calls(1_000, "get_goal");
    host.terminals.push({ itemId: "c", processId: "1" });

    expect(await host.driver.reset?.(seat)).toEqual([]);

    // The canary's and the seat's.
    expect(host.methods.filter((method) => method === "thread/start")).toHaveLength(2);
  });
});

describe("what codex asks a person while a call runs", () => {
  const texts = (host: FakeHost, id: string) =>
    host.calls.of(id)?.content.map((block) => (block.type === "text" ? block.text : ""));

  it("is told with the result of the call that it is about", async () => {
    const host = new FakeHost();
    await host.open();
    host.send("exec_command", { cmd: "rm x" }, "c1");
    host.send("exec_command", { cmd: "ls" }, "c2");

    const params = { threadId: THREAD, itemId: "c1" };
    host.say({ id: 0, method: "item/commandExecution/requestApproval", params });
    host.told("c1", "exec_command failed: rejected", { success: false });
    host.told("c2", "exec_command failed: another reason", { success: false });

    const note =
      "Codex asked a person whether this may be done. Nobody is there to answer, so h2m declined.";
    expect(texts(host, "c1")).toEqual(["exec_command failed: rejected", note]);
    expect(texts(host, "c2")).toEqual(["exec_command failed: another reason"]);
  });

  it("for an MCP server is told with the results of its calls", async () => {
    const host = new FakeHost();
    await host.open();
    host.send("mcp__asker_ask", {}, "c1");
    host.send("mcp__other_ask", {}, "c2");

    const params = { threadId: THREAD, serverName: "asker", message: "Which colour?" };
    host.say({ id: 0, method: "mcpServer/elicitation/request", params });
    host.told("c1", "answered: decline");
    host.told("c2", "done");

    const note =
      'A person was asked for the MCP server `asker`: "Which colour?" Nobody is there to answer, so h2m declined.';
    expect(texts(host, "c1")).toEqual(["answered: decline", note]);
    expect(texts(host, "c2")).toEqual(["done"]);
  });
});
