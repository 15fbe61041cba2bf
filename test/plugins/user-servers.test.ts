import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Servers as ClaudeServers } from "../../plugins/claude/servers.ts";
import { Servers as CodexServers } from "../../plugins/codex/servers.ts";
import { insidePlugin } from "../../plugins/opencode/inside.ts";
import type { OpencodeServer, ServerRequest } from "../../plugins/opencode/server.ts";
import { Servers as OpencodeServers } from "../../plugins/opencode/servers.ts";
import {
  absentServers,
  H2mError,
  type HostIo,
  parseObject,
  SERVERS_TIME,
} from "../../src/plugin.ts";

const SEAT = { id: "seat", token: "t", cwd: "/work", prompt: "go" };

/** A host that notes what is told, and what is written to it. */
function recorder(settings: "user" | "isolated" = "user") {
  const told: string[] = [];
  const written: string[] = [];
  const exit = new AbortController();
  const host: HostIo = {
    plan: { command: "x", args: [] },
    context: {
      install: { command: "x" },
      options: { settings },
      prompt: "go",
      cwd: "/work",
      home: "/private",
      origin: "http://127.0.0.1:1/x",
      token: "t",
      secret: "s",
    },
    pid: 1,
    exited: exit.signal,
    write: (line) => void written.push(line),
    onLine: () => {},
    onPost: () => {},
    bind: () => {},
    notice: (_, message) => void told.push(`notice ${message}`),
    unknown: () => {},
    warn: (message) => void told.push(message),
    kill: () => {},
    run: () => Promise.reject(new Error("nothing is run here")),
  };
  return { host, told, written, exit };
}

/** Whether a promise has resolved by now. */
function watched(promise: Promise<unknown>) {
  const state = { over: false };
  promise.then(
    () => (state.over = true),
    () => (state.over = true),
  );
  return state;
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("the wait for a user's MCP servers", () => {
  const never = new AbortController().signal;

  it("lasts until none is starting, and tells of those that failed", async () => {
    let state: "starting" | "absent" = "starting";
    const look = () => [
      { name: "one", state: "ready" as const },
      { name: "two", state, why: "x".repeat(900) },
    ];
    const waiting = absentServers(look, never);
    const { over } = watched(waiting);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(over).toBe(false);
    state = "absent";
    await vi.advanceTimersByTimeAsync(100);

    const said = await waiting;

    expect(said).toMatch(/not listed: `two` \(x{200}\)\.$/);
  });

  it("has an end", async () => {
    const waiting = absentServers(() => [{ name: "one", state: "starting" }], never);
    await vi.advanceTimersByTimeAsync(SERVERS_TIME + 100);

    expect(await waiting).toContain("`one` (had not started after 12 s)");
  });

  it("ends with the harness", async () => {
    const exit = new AbortController();
    const waiting = absentServers(() => [{ name: "one", state: "starting" }], exit.signal);
    const failed = expect(waiting).rejects.toThrow("gone");
    exit.abort(new Error("gone"));
    await vi.advanceTimersByTimeAsync(100);

    await failed;
  });
});

describe("the servers of Claude Code", () => {
  const answer = (servers: ClaudeServers, written: string[], statuses: object[]) => {
    const id = parseObject(written.at(-1) ?? "")?.["request_id"];
    const response = { subtype: "success", request_id: id, response: { mcpServers: statuses } };
    servers.heard({ type: "control_response", response });
  };

  it("are asked for until none is pending", async () => {
    const { host, told, written } = recorder();
    const servers = new ClaudeServers(host);
    const state = watched(servers.ready("seat"));
    answer(servers, written, [{ name: "slow", status: "pending" }]);
    await vi.advanceTimersByTimeAsync(60);
    expect([state.over, written.length]).toEqual([false, 2]);

    answer(servers, written, [
      { name: "slow", status: "connected" },
      { name: "off", status: "disabled" },
      { name: "key", status: "needs-auth" },
    ]);
    await vi.advanceTimersByTimeAsync(60);

    expect(state.over).toBe(true);
    expect(told).toEqual([
      "the tools of these MCP servers of the user's settings are not listed: `key` (needs-auth).",
      "notice Claude Code: the tools of these MCP servers of the user's settings are not listed: `key` (needs-auth).",
    ]);
  });

  it("that it does not tell of are told of, and hold nothing up for ever", async () => {
    const { host, told } = recorder();
    const state = watched(new ClaudeServers(host).ready("seat"));

    await vi.advanceTimersByTimeAsync(SERVERS_TIME + 100);

    expect(state.over).toBe(true);
    expect(told).toEqual(["it does not tell of its MCP servers: no answer within 12 s"]);
  });

  it("are nobody's business without the user's settings", async () => {
    const { host, written } = recorder("isolated");

    await new ClaudeServers(host).ready("seat");

    expect(written).toEqual([]);
  });
});

describe("the servers of codex", () => {
  let home: string;
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), "codex-home-"));
    const config =
      '[mcp_servers.slow]\ncommand = "x"\n[mcp_servers.off]\ncommand = "x"\nenabled = false\n';
    await writeFile(join(home, "config.toml"), config);
  });
  afterEach(() => rm(home, { recursive: true }));

  it("are waited for as soon as the config names them, by thread", async () => {
    const { host, told } = recorder();
    const servers = new CodexServers(host, { CODEX_HOME: home });
    const tell = (threadId: string, name: string, status: string, error?: string) =>
      servers.heard({ threadId, name, status, error });
    const state = watched(servers.ready("thread", SEAT));
    tell("another", "slow", "ready");
    await vi.advanceTimersByTimeAsync(1_000);
    tell("thread", "slow", "starting");
    tell("thread", "bad", "starting");
    await vi.advanceTimersByTimeAsync(3_000);
    tell("thread", "bad", "failed", "no such file");
    await vi.advanceTimersByTimeAsync(100);
    expect(state.over).toBe(false);

    tell("thread", "slow", "ready");
    await vi.advanceTimersByTimeAsync(100);

    expect(state.over).toBe(true);
    expect(told[0]).toMatch(/not listed: `bad` \(no such file\)\.$/);
    expect(told).toHaveLength(2);
  });

  it("that it never names hold it up for two seconds", async () => {
    const { host, told } = recorder();
    const state = watched(new CodexServers(host, { CODEX_HOME: home }).ready("thread", SEAT));
    await vi.advanceTimersByTimeAsync(1_900);
    expect(state.over).toBe(false);

    await vi.advanceTimersByTimeAsync(200);

    expect([state.over, told]).toEqual([true, []]);
  });
});

describe("the servers of OpenCode", () => {
  it("are held back inside it, and those that the user does not want left out", async () => {
    const folder = await mkdtemp(join(tmpdir(), "inside-"));
    try {
      const file = join(folder, "plugin.mjs");
      const facts = { home: folder, temporary: [], closed: [] };
      await writeFile(file, insidePlugin({ ...facts, sealed: false }));
      (globalThis as Record<symbol, unknown>)[Symbol.for("h2m.watched")] = true;
      const { h2m } = await import(pathToFileURL(file).href);
      const { config } = await h2m({ directory: folder });
      const settings = { mcp: { one: { type: "local" }, off: { type: "local", enabled: false } } };

      await config(settings);

      expect(settings.mcp).toEqual({ one: { type: "local", enabled: false } });
      expect(insidePlugin({ ...facts, sealed: true })).not.toContain("heldServers");
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  /** What the server is asked, and the end of each start. */
  function fakeServer(names: string[]) {
    const asked: string[] = [];
    const statuses = Object.fromEntries(
      names.map((name) => [name, { status: "disabled" } as object]),
    );
    const ends = new Map<string, (error?: Error) => void>();
    const send = async ({ method, path }: ServerRequest) => {
      asked.push(`${method} ${path}`);
      if (method === "GET") return statuses;
      const name = path.split("/")[2] ?? "";
      return new Promise((resolve, reject) =>
        ends.set(name, (error) => (error ? reject(error) : resolve(true))),
      );
    };
    return { server: { send } as unknown as OpencodeServer, asked, statuses, ends };
  }

  it("are started once for a folder, and waited for", async () => {
    const { host, told } = recorder();
    const { server, asked, statuses, ends } = fakeServer(["one", "two", "three"]);
    const servers = new OpencodeServers(host, server);
    const both = [watched(servers.ready(SEAT)), watched(servers.ready({ ...SEAT, id: "other" }))];
    await vi.advanceTimersByTimeAsync(100);
    statuses["one"] = { status: "connected" };
    statuses["two"] = { status: "failed", error: "no such file" };
    ends.get("one")?.();
    ends.get("two")?.();
    await vi.advanceTimersByTimeAsync(100);
    expect(both.map(({ over }) => over)).toEqual([false, false]);

    ends.get("three")?.(new H2mError("timeout", "it says nothing"));
    await vi.advanceTimersByTimeAsync(100);

    expect(both.map(({ over }) => over)).toEqual([true, true]);
    expect(asked.filter((line) => line.startsWith("POST"))).toEqual(
      ["one", "two", "three"].map((name) => `POST /mcp/${name}/connect?directory=%2Fwork`),
    );
    expect(told[0]).toMatch(/not listed: `two` \(no such file\), `three` \(it says nothing\)\.$/);
    expect(told).toHaveLength(2);
  });

  it("of a folder that was used before are left as they are", async () => {
    const { host, told } = recorder();
    const { server, asked, statuses } = fakeServer(["one"]);
    statuses["one"] = { status: "failed", error: "no such file" };

    await new OpencodeServers(host, server).ready(SEAT);

    expect([asked, told]).toEqual([["GET /mcp?directory=%2Fwork"], []]);
  });
});
