import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { driveClaude } from "../../plugins/claude/driver.ts";
import { claude } from "../../plugins/claude/index.ts";
import { prepareClaude } from "../../plugins/claude/launch.ts";
import { recognizeClaude, refineClaude, withoutReminders } from "../../plugins/claude/recognize.ts";
import { messages } from "../../plugins/messages/index.ts";
import { type HostIo, type LaunchContext, textResult, type ToolCall } from "../../src/plugin.ts";
import { HandedCalls } from "../helpers/handed-calls.ts";

const context: LaunchContext = {
  install: { command: "/bin/claude", version: "2.1.197" },
  options: {},
  prompt: "go",
  cwd: "/work",
  home: "/private",
  origin: "http://127.0.0.1:1/harness_to_mcp",
  token: "a-secret-key",
  secret: "a-secret-word",
};

describe("the launch of claude", () => {
  it.each(["isolated", "user"] as const)(
    "keeps the key in a file of its own, and out of arguments and environment (settings: %s)",
    (settings) => {
      const plan = prepareClaude({ ...context, options: { settings } });

      const { "h2m-secrets/key": key, ...files } = plan.files ?? {};
      expect(key).toBe("a-secret-key\n");
      expect(JSON.stringify([plan.args, plan.env, files])).not.toContain("a-secret");
    },
  );

  it("gets the key by a helper, whatever the folder is called", async () => {
    const home = await mkdtemp(join(tmpdir(), "it's a folder "));
    try {
      const { files = {} } = prepareClaude({ ...context, home });
      await mkdir(join(home, "h2m-secrets"));
      await writeFile(join(home, "h2m-secrets/key"), files["h2m-secrets/key"] ?? "");
      const { apiKeyHelper } = JSON.parse(files["h2m-secrets/settings.json"] ?? "");

      const said = execFileSync("sh", ["-c", apiKeyHelper], { env: {} });

      expect(said.toString()).toBe("a-secret-key");
    } finally {
      await rm(home, { recursive: true });
    }
  });

  it("leaves the user's HOME in place", () => {
    const plan = prepareClaude(context);

    expect(plan.env).not.toHaveProperty("HOME");
    expect(plan.env?.["CLAUDE_CONFIG_DIR"]).toBe("/private/config");
  });

  it("tells the configured model", () => {
    const { args } = prepareClaude({ ...context, options: { model: "my-model" } });

    expect(args[args.indexOf("--model") + 1]).toBe("my-model");
  });

  it("stands apart from the user's settings, unless they are asked for", () => {
    const user = prepareClaude(
      { ...context, options: { settings: "user" } },
      { CLAUDE_CONFIG_DIR: "/home/ada/claude" },
    );

    const settings = JSON.parse(user.files?.["h2m-secrets/settings.json"] ?? "");
    expect(user.env?.["CLAUDE_CONFIG_DIR"]).toBe("/home/ada/claude");
    expect(user.args).not.toContain("--strict-mcp-config");
    expect(settings.env).toMatchObject({
      ANTHROPIC_BASE_URL: "http://127.0.0.1:1/harness_to_mcp",
      ANTHROPIC_AUTH_TOKEN: "",
      ANTHROPIC_API_KEY: "",
      CLAUDE_CODE_USE_MANTLE: "0",
      ENABLE_TOOL_SEARCH: "false",
      NO_PROXY: "127.0.0.1,localhost,::1",
    });
    expect(prepareClaude(context).args).toContain("--strict-mcp-config");
  });

  it("lists all tools whatever the environment says, and reaches us past a proxy", () => {
    const own = { ENABLE_TOOL_SEARCH: "true", HTTP_PROXY: "http://proxy.test", NO_PROXY: "a.test" };
    const { env, files } = prepareClaude(context, own);

    expect(env).toMatchObject({
      ENABLE_TOOL_SEARCH: "false",
      NO_PROXY: "a.test,127.0.0.1,localhost,::1",
      no_proxy: "a.test,127.0.0.1,localhost,::1",
    });
    expect(JSON.parse(files?.["h2m-secrets/settings.json"] ?? "").env).toMatchObject({
      ENABLE_TOOL_SEARCH: "false",
    });
  });

  it("lets no client of a user's settings find the user's other sessions, unless the config says so", () => {
    const of = (options: LaunchContext["options"]) => {
      const { env, files } = prepareClaude({ ...context, options });
      const { env: laid } = JSON.parse(files?.["h2m-secrets/settings.json"] ?? "");
      return [env, laid].map((each) => each?.["CLAUDE_CODE_HARBOR_KITE"]);
    };

    expect(of({ settings: "user" })).toEqual(["0", "0"]);
    expect(of({ settings: "user", env: { CLAUDE_CODE_HARBOR_KITE: "1" } })).toEqual(["1", "1"]);
    expect(of({})).toEqual([undefined, undefined]);
  });

  it("waits for a user's MCP servers, and shows no tool that does", () => {
    const { env, files } = prepareClaude({ ...context, options: { settings: "user" } });
    const laid = JSON.parse(files?.["h2m-secrets/settings.json"] ?? "");

    expect(env).toMatchObject({ MCP_CONNECTION_NONBLOCKING: "0" });
    expect(laid.env).toMatchObject({ MCP_CONNECTION_NONBLOCKING: "0" });
    expect(laid.permissions.deny).toContain("WaitForMcpServers");
  });

  it("asks for no count of tokens behind the results", () => {
    const { env, files } = prepareClaude(context);

    const off = { CLAUDE_CODE_TOTAL_TOKENS_REMINDER: "off" };
    expect(env).toMatchObject(off);
    expect(JSON.parse(files?.["h2m-secrets/settings.json"] ?? "").env).toMatchObject(off);
  });

  it("gives its commands the user's own values, and nothing that only it needs", () => {
    const own = {
      NO_PROXY: "a.test",
      ENABLE_TOOL_SEARCH: "it's",
      CLAUDE_CONFIG_DIR: "/home/ada/claude",
    };
    const options = { env: { CLAUDE_CODE_TMPDIR: "/wanted" } };
    const { env = {}, files = {} } = prepareClaude({ ...context, options }, own);

    const said = execFileSync("sh", ["-c", `${files["h2m-secrets/tools.sh"]}env`], {
      env: { PATH: "/usr/bin:/bin", CLAUDE_CODE_MESSAGING_TOKEN: "x", ...env } as NodeJS.ProcessEnv,
    });

    const lines = said
      .toString()
      .split("\n")
      .filter((line) => line !== "" && !/^(PATH|PWD|_|SHLVL|OLDPWD)=/.test(line));
    expect(lines.toSorted()).toEqual([
      "CLAUDE_CODE_TMPDIR=/wanted",
      "ENABLE_TOOL_SEARCH=it's",
      "NO_PROXY=a.test",
    ]);
  });

  it("denies what opens more than its session to tools that read", () => {
    const own = { HOME: "/home/ada", XDG_STATE_HOME: "/home/ada/st[a]te" };
    const { files = {} } = prepareClaude({ ...context, home: "/tmp-of-ada/h2m-claude-1" }, own);
    const { permissions } = JSON.parse(files["h2m-secrets/settings.json"] ?? "");

    expect(permissions.deny).toEqual(
      expect.arrayContaining([
        "Read(//tmp-of-ada/h2m-cla*/h2m-secrets/**)",
        "Read(//tmp-of-ada/h2m-[abd-zABD-Z0-9_]*/**)",
        "Read(//home/ada/st\\[a\\]te/h2m/**)",
        "Read(//proc/*/environ)",
      ]),
    );
  });

  it("is started by hand with all its tools, and past a proxy", () => {
    const line = claude.attach?.({ origin: context.origin, key: '"$KEY"' });

    expect(line).toContain(
      `ANTHROPIC_BASE_URL=${context.origin} ANTHROPIC_AUTH_TOKEN="$KEY" NO_PROXY=`,
    );
    expect(line).toMatch(
      / claude --settings '\{"env":\{"ENABLE_TOOL_SEARCH":"false","CLAUDE_CODE_TOTAL_TOKENS_REMINDER":"off"\}\}'$/,
    );
  });

  it("bypasses the rules of claude, unless they shall hold", () => {
    const bypass = "--dangerously-skip-permissions";

    expect(prepareClaude(context).args).toContain(bypass);
    expect(prepareClaude({ ...context, options: { permissions: "harness" } }).args).not.toContain(
      bypass,
    );
  });

  it("is the platform's own program where npm ran no install scripts", async () => {
    const folder = await mkdtemp(join(tmpdir(), "h2m-claude-stub-"));
    try {
      const packages = join(folder, "node_modules/@anthropic-ai");
      const put = async (path: string, text: string) => {
        await mkdir(dirname(join(packages, path)), { recursive: true });
        await writeFile(join(packages, path), text, { mode: 0o755 });
        return join(packages, path);
      };
      const stub = await put("claude-code/bin/claude.exe", "echo not installed >&2\nexit 1\n");
      await put(
        "claude-code/package.json",
        '{"name":"@anthropic-ai/claude-code","version":"2.9.8"}',
      );
      const native = await put(
        `claude-code-${process.platform}-${process.arch}/claude`,
        "\x7fELF…",
      );

      expect(await claude.detect({ command: stub })).toEqual({ command: native, version: "2.9.8" });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("is not found where there is no program", async () => {
    expect(await claude.detect({ command: "/no/such/claude" })).toBeUndefined();
  });
});

describe("what claude says of its requests", () => {
  it("is nothing without its own header", () => {
    expect(recognizeClaude(new Headers({ "user-agent": "another/1.0" }))).toBeUndefined();
  });

  it("names the root by its session id, and a subagent by its own id", () => {
    const root = new Headers({ "x-claude-code-session-id": "one" });
    const agent = new Headers({
      "x-claude-code-session-id": "one",
      "x-claude-code-agent-id": "a7",
    });

    expect(recognizeClaude(root)).toEqual({ conversation: "one" });
    expect(recognizeClaude(agent)).toEqual({
      conversation: "a7",
      subagent: true,
      parent: "one",
    });
  });
});

describe("trailing reminders", () => {
  const reminder = "\n\n<system-reminder>\nremember the milk\n</system-reminder>";

  it.each([
    ["nothing", "text", "text"],
    ["one", `text${reminder}`, "text"],
    ["two", `text${reminder}${reminder}`, "text"],
    ["one and a line end", `text${reminder}\n`, "text"],
    ["the tool's own line ends before it", `text\n\n${reminder}`, "text\n\n"],
    ["one in the middle", `a${reminder} b`, `a${reminder} b`],
    ["an end without a beginning", "a</system-reminder>", "a</system-reminder>"],
    ["only one", reminder, ""],
    [
      "nothing else, as of an empty file",
      "<system-reminder>x</system-reminder>",
      "<system-reminder>x</system-reminder>",
    ],
    [
      "one behind such a text",
      `<system-reminder>x</system-reminder>${reminder}`,
      "<system-reminder>x</system-reminder>",
    ],
  ])("%s", (_what, text, left) => {
    expect(withoutReminders(text)).toBe(left);
  });

  it("are taken off claude's results and nobody else's", () => {
    const body = {
      model: "m",
      messages: [
        { role: "user", content: "go" },
        {
          role: "user",
          content: [{ type: "tool_result", tool_use_id: "c1", content: `out${reminder}` }],
        },
      ],
      tools: [{ name: "t", input_schema: { type: "object" } }],
    };

    const turn = messages.parse(body);

    expect(turn.results[0]?.result).toEqual(textResult(`out${reminder}`));
    expect(refineClaude(turn).results[0]?.result).toEqual(textResult("out"));
  });

  it.each([
    ["goes", ["out", "<system-reminder>x</system-reminder>"], ["out"]],
    ["goes with a second", ["out", `<system-reminder>x</system-reminder>${reminder}\n`], ["out"]],
    ["goes, also after line ends", ["out", reminder], ["out"]],
    ["stays alone", ["<system-reminder>x</system-reminder>"], undefined],
    ["stays before the tool's own", ["<system-reminder>x</system-reminder>", "out"], undefined],
    ["has no words before it", ["out", "a\n<system-reminder>x"], undefined],
    ["is no empty text", ["out", ""], undefined],
  ])("as a block of its own: %s", (_what, texts, left = texts) => {
    const blocks = (each: readonly string[]) => each.map((text) => ({ type: "text", text }));
    const content = blocks(texts);
    const turn = messages.parse({
      model: "m",
      messages: [{ role: "user", content: [{ type: "tool_result", tool_use_id: "c1", content }] }],
      tools: [{ name: "t", input_schema: { type: "object" } }],
    });

    expect(refineClaude(turn).results[0]?.result.content).toEqual(blocks(left));
  });

  it("leaves the answer to a nested search request to nobody", () => {
    const turn = messages.parse({
      model: "m",
      messages: [{ role: "user", content: "search" }],
      tools: [{ type: "web_search_20250305", name: "web_search" }],
    });

    expect(refineClaude(turn).immediate).toMatchObject({ type: "text" });
    expect(turn.skipped).toEqual([{ name: "web_search", type: "web_search_20250305" }]);
  });
});

const SEAT = { id: "seat", token: "t", cwd: "/work", prompt: "go" };

/** A host that records what a driver does with it. */
function recorder(folder?: string, version = "2.1.197") {
  const listeners: ((line: string) => void)[] = [];
  const written: string[] = [];
  const calls = new HandedCalls();
  const bound: [string, string][] = [];
  const noticed: [string, string][] = [];
  const unknown: string[] = [];
  const host: HostIo = {
    plan: prepareClaude(context),
    context: { ...context, install: { command: "/bin/claude", version } },
    pid: process.pid,
    exited: new AbortController().signal,
    write: (line) => void written.push(line),
    onLine: (listener) => void listeners.push(listener),
    onPost: () => {},
    bind: (seat, conversation) => void bound.push([seat, conversation]),
    notice: (seat, message) => void noticed.push([seat, message]),
    unknown: (kind) => void unknown.push(kind),
    warn: () => {},
    kill: () => {},
    run: () =>
      folder === undefined
        ? Promise.reject(new Error("nothing is run here"))
        : Promise.resolve(textResult(folder)),
  };
  const say = (event: object) => listeners.forEach((listener) => listener(JSON.stringify(event)));
  const driver = driveClaude(host);
  /** Gives the call as it goes out. */
  const send = (call: ToolCall) => {
    const { call: going, early } = driver.send!(SEAT, call, calls.out(call.id));
    expect(early).toBe(true);
    return going;
  };
  return { driver, send, say, written, settled: calls.results, bound, noticed, unknown };
}

function toolResult(id: string, content: unknown, more: object = {}): object {
  const message = { role: "user", content: [{ type: "tool_result", tool_use_id: id, content }] };
  return { type: "user", message, parent_tool_use_id: null, ...more };
}

describe("the driver of claude", () => {
  it("binds the root to the session id that is printed", async () => {
    const { driver, say, written, bound } = recorder();

    await driver.open({ id: "seat", token: "t", cwd: "/work", prompt: "go" });
    say({ type: "system", subtype: "init", session_id: "one" });
    say({ type: "system", subtype: "init", session_id: "one" });
    say({ type: "system", subtype: "status", session_id: "init" });

    expect(bound).toEqual([["seat", "one"]]);
    expect(JSON.parse(written[0] ?? "")).toMatchObject({
      type: "user",
      message: { content: [{ text: "go" }] },
    });
  });

  it("passes on what it does not know, and nothing else", async () => {
    const { driver, send, say, settled, unknown } = recorder();
    await driver.open({ id: "seat", token: "t", cwd: "/work", prompt: "go" });
    send({ id: "c1", name: "Bash", arguments: {} });

    const said = { tool_use_id: "c1", content: "one" };
    say({ type: "tool_finished", ...said });
    say({ subtype: "tool_finished", type: "system", ...said });
    const block = { type: "tool_outcome", ...said };
    say({ type: "user", parent_tool_use_id: null, message: { content: [block] } });
    expect(unknown).toEqual(["tool_finished", "system/tool_finished", "user/tool_outcome"]);
    expect(settled).toEqual([]);

    say({ type: "assistant", message: { content: [{ type: "tool_use", id: "c1", input: {} }] } });
    say({ type: "system", subtype: "task_started", tool_use_id: "c1" });
    say({ type: "tool_progress", parent_tool_use_id: "c1", tool_use_id: "c1-heartbeat-1" });
    say({ type: "result", subtype: "error_of_a_new_kind", permission_denials: [said] });
    // An agent's own results.
    say({ type: "user", parent_tool_use_id: "c1", message: { content: [block] } });
    say(toolResult("c1", "one"));
    expect(unknown).toHaveLength(3);
    expect(settled).toHaveLength(1);
  });

  it("prompts again when its turn has ended without a wish of ours, and not before", async () => {
    const { driver, say, written } = recorder();
    await driver.open({ id: "seat", token: "t", cwd: "/work", prompt: "go" });
    // 2.1.218 and later: `type` is not the first key.
    const ended = { is_error: true, subtype: "success", type: "result" };

    vi.useFakeTimers();
    try {
      say({ type: "system", subtype: "init" });
      await vi.advanceTimersByTimeAsync(5_000);
      expect(written.length).toBe(1);

      say(ended);
      say(ended);
      await vi.advanceTimersByTimeAsync(5_000);
    } finally {
      vi.useRealTimers();
    }

    expect(written.length).toBe(2);
    expect(written[1]).toBe(written[0]);
  });

  it("prompts once after a reset, whose interrupt and `/clear` end turns too", async () => {
    const { driver, say, written, bound } = recorder("/work\n");
    const seat = { id: "seat", token: "t", cwd: "/work", prompt: "go" };
    await driver.open(seat);

    vi.useFakeTimers();
    try {
      say({ type: "system", subtype: "init", session_id: "one" });
      const reset = driver.reset?.(seat);
      await vi.advanceTimersByTimeAsync(0);
      say({ type: "result", subtype: "error_during_execution" });
      await vi.advanceTimersByTimeAsync(0);
      // The next prompt waits for the id of its requests.
      expect(written.length).toBe(3);
      // 2.1.332 tells of a task in a turn of its own, under the old id.
      say({ type: "system", subtype: "init", session_id: "one" });
      say({ type: "result", subtype: "success" });
      await vi.advanceTimersByTimeAsync(0);
      expect(written.length).toBe(3);
      expect(bound.at(-1)).not.toEqual(["seat", "one"]);
      say({ type: "system", subtype: "init", session_id: "two" });
      say({ type: "result", subtype: "success", num_turns: 0 });
      await reset;
      say({ type: "system", subtype: "init", session_id: "two" });
      await vi.advanceTimersByTimeAsync(5_000);
      expect(bound.at(-1)).toEqual(["seat", "two"]);
      expect(written.slice(1).map((line) => JSON.parse(line).type)).toEqual([
        "control_request",
        "user",
        "user",
      ]);

      // The turn after it has ended by itself.
      say({ type: "result", subtype: "success" });
      await vi.advanceTimersByTimeAsync(5_000);
    } finally {
      vi.useRealTimers();
    }
    expect(written.length).toBe(5);
  });

  it("settles a call from the event stream, with its image and its error", () => {
    const { send, say, settled } = recorder();
    const source = { type: "base64", media_type: "image/png", data: "AAAA" };
    for (const id of ["c1", "c2", "c3"]) send({ id, name: "Bash", arguments: {} });

    say(toolResult("c1", "hello"));
    say(toolResult("c2", [{ type: "image", source }]));
    say({
      type: "user",
      message: {
        content: [{ type: "tool_result", tool_use_id: "c3", content: "no", is_error: true }],
      },
    });

    expect(settled).toEqual([
      ["c1", textResult("hello")],
      ["c2", { content: [{ type: "image", mimeType: "image/png", data: "AAAA" }] }],
      ["c3", textResult("no", true)],
    ]);
  });

  it("ignores a subagent's results, other events and lines that are not JSON", () => {
    const { send, say, settled } = recorder();
    send({ id: "c1", name: "Agent", arguments: {} });

    say(toolResult("c1", "inner", { parent_tool_use_id: "c0" }));
    say({
      type: "assistant",
      message: { content: [{ type: "tool_result", tool_use_id: "c1", content: "x" }] },
    });

    expect(settled).toEqual([]);
  });

  it("keeps a search from what no tool shall show", () => {
    const { send } = recorder();
    const glob = (args: Record<string, unknown>, name = "Grep") =>
      send({ id: "c1", name, arguments: args }).arguments["glob"];

    expect(glob({ pattern: "x" })).toMatch(/^!\*\*\/h2m-secrets\/\*\* !/);
    expect(glob({ pattern: "x", glob: "*.ts" })).toMatch(/^\*\.ts !\*\*\/h2m-secrets\/\*\* !/);
    expect(glob({ pattern: "x" }, "Glob")).toBeUndefined();
  });

  it.each([
    ["2.1.197", {}, {}],
    ["2.1.198", {}, { run_in_background: false }],
    ["2.1.332", {}, { run_in_background: false }],
    ["2.1.332", { run_in_background: true }, { run_in_background: true }],
  ])("waits for an agent unless its client says otherwise (%s, %j)", (version, args, sent) => {
    const { send } = recorder(undefined, version);

    expect(send({ id: "c1", name: "Agent", arguments: args })).toEqual({
      id: "c1",
      name: "Agent",
      arguments: sent,
    });
    expect(send({ id: "c2", name: "Bash", arguments: args }).arguments).toBe(args);
  });

  it("gives the earlier text for a read that claude calls wasted", () => {
    const { send, say, settled } = recorder();
    const read = { name: "Read", arguments: { file_path: "/a" } };

    send({ id: "c1", ...read });
    say(toolResult("c1", "1\tthe text"));
    send({ id: "c2", ...read });
    say(toolResult("c2", "Wasted call — file unchanged since your last Read."));

    expect(settled[1]).toEqual(["c2", textResult("1\tthe text")]);
  });

  it("keeps reads of other parts of a file apart", () => {
    const { send, say, settled } = recorder();
    const wasted = "Wasted call — unchanged";

    send({ id: "c1", name: "Read", arguments: { file_path: "/a", offset: 1 } });
    say(toolResult("c1", "first part"));
    send({ id: "c2", name: "Read", arguments: { file_path: "/a", offset: 2 } });
    say(toolResult("c2", wasted));

    expect(settled[1]).toEqual(["c2", textResult(wasted)]);
  });

  it("takes words of a result for no event", async () => {
    const { driver, send, say, written, settled } = recorder();
    await driver.open(SEAT);
    send({ id: "c1", name: "Bash", arguments: {} });
    const structured = { type: "result", request_id: "r1", request: { subtype: "can_use_tool" } };

    vi.useFakeTimers();
    try {
      say(toolResult("c1", '{"type":"result"}', { tool_use_result: structured }));
      say({ type: "stream", of: { type: "control_request", request_id: "r2", request: {} } });
      await vi.advanceTimersByTimeAsync(5_000);
    } finally {
      vi.useRealTimers();
    }

    expect(settled).toEqual([["c1", textResult('{"type":"result"}')]]);
    expect(written.length).toBe(1);
  });

  it("adds the document of a PDF and the text of a skill to their results", () => {
    const { send, say, settled } = recorder();

    send({ id: "c1", name: "Read", arguments: { file_path: "/a b.pdf" } });
    const file = { filePath: "/a b#1?%41é.pdf", base64: "JVBERg==" };
    say(toolResult("c1", "PDF file read", { tool_use_result: { type: "pdf", file } }));
    send({ id: "c2", name: "Skill", arguments: { skill: "tidy" } });
    say(toolResult("c2", "Launching skill: tidy"));
    say({
      type: "user",
      parent_tool_use_id: null,
      message: { content: [{ type: "text", text: "How to tidy." }] },
    });

    const document = {
      uri: "file:///a%20b%231%3F%2541%C3%A9.pdf",
      mimeType: "application/pdf",
      blob: "JVBERg==",
    };
    expect(settled).toEqual([
      [
        "c1",
        {
          content: [
            { type: "text", text: "PDF file read" },
            { type: "resource", resource: document },
          ],
        },
      ],
      [
        "c2",
        {
          content: [
            { type: "text", text: "Launching skill: tidy" },
            { type: "text", text: "How to tidy." },
          ],
        },
      ],
    ]);
  });

  it("gives each of two skills in a row its own text, also where the first has none", () => {
    const { send, say, settled } = recorder();
    for (const id of ["c1", "c2"]) send({ id, name: "Skill", arguments: { skill: "tidy" } });

    say(toolResult("c1", "Launching skill: one"));
    say(toolResult("c2", "Launching skill: two"));
    say({
      type: "user",
      parent_tool_use_id: null,
      message: { content: [{ type: "text", text: "How to do two." }] },
    });

    expect(settled).toEqual([
      ["c1", textResult("Launching skill: one")],
      [
        "c2",
        {
          content: [
            { type: "text", text: "Launching skill: two" },
            { type: "text", text: "How to do two." },
          ],
        },
      ],
    ]);
  });

  it("gives a PDF that stands in its result too once, under the name of its file", () => {
    const { send, say, settled } = recorder(undefined, "2.1.332");
    const source = { type: "base64", media_type: "application/pdf", data: "JVBERg==" };

    send({ id: "c1", name: "Read", arguments: { file_path: "/a.pdf" } });
    const file = { filePath: "/a.pdf", base64: "JVBERg==" };
    const blocks = [
      { type: "text", text: "PDF file read" },
      { type: "document", source },
    ];
    say(toolResult("c1", blocks, { tool_use_result: { type: "pdf", file } }));
    send({ id: "c/2", name: "Read", arguments: {} });
    say(toolResult("c/2", blocks));

    const resource = (uri: string) => ({
      type: "resource",
      resource: { uri, mimeType: "application/pdf", blob: "JVBERg==" },
    });
    expect(settled).toEqual([
      ["c1", { content: [blocks[0], resource("file:///a.pdf")] }],
      // As an attached one brings it: nothing tells where it lies.
      ["c/2", { content: [blocks[0], resource("h2m:document/c%2F2/2")] }],
    ]);
  });

  it("tells of what ended in the background, and of no call that is still out", async () => {
    const { driver, send, say, noticed } = recorder(undefined, "2.1.332");
    await driver.open({ id: "seat", token: "t", cwd: "/work", prompt: "go" });
    send({ id: "c1", name: "Bash", arguments: {} });
    send({ id: "c2", name: "Agent", arguments: {} });
    say(toolResult("c1", "Command running in background with ID: b1."));

    for (const [call, task] of Object.entries({ c1: "b1", c2: "a2" })) {
      say({
        type: "system",
        subtype: "task_notification",
        task_id: task,
        tool_use_id: call,
        status: "failed",
        output_file: `/tasks/${task}.output`,
        summary: 'Background command "false" failed with exit code 1',
      });
    }

    expect(noticed).toEqual([
      [
        "seat",
        'The task b1 in the background is failed: Background command "false" failed with exit code 1 Its output: /tasks/b1.output',
      ],
    ]);
  });

  it.each([
    ["elicitation", { mcp_server_name: "my.asker" }, { action: "decline" }],
    ["can_use_tool", { tool_name: "Edit" }, { behavior: "deny" }],
    ["request_user_dialog", { dialog_kind: "any" }, { behavior: "cancelled" }],
  ])("declines a question at once: %s", (subtype, more, response) => {
    const { say, written } = recorder();

    say({ type: "control_request", request_id: "r1", request: { subtype, ...more } });

    expect(written.map((line) => JSON.parse(line))).toEqual([
      {
        type: "control_response",
        response: {
          subtype: "success",
          request_id: "r1",
          response: expect.objectContaining(response),
        },
      },
    ]);
  });

  it("answers a question that it does not know with an error", () => {
    const { say, written } = recorder();

    say({ type: "control_request", request_id: "r1", request: { subtype: "a_new_one" } });

    const error = "h2m does not answer `a_new_one`.";
    expect(JSON.parse(written[0] ?? "")).toEqual({
      type: "control_response",
      response: { subtype: "error", request_id: "r1", error },
    });
  });

  it("tells the results of an MCP server's calls, and no others, what it asked meanwhile", () => {
    const { send, say, settled } = recorder();
    const names = { c1: "mcp__my_asker__ask", c2: "Bash", c3: "mcp__my_asker__ask" };
    for (const [id, name] of Object.entries(names)) {
      send({ id, name, arguments: {} });
      if (id !== "c2") continue;
      const request = { subtype: "elicitation", mcp_server_name: "my.asker", message: "A\nB?" };
      say({ type: "control_request", request_id: "r1", request });
    }

    for (const id of Object.keys(names)) say(toolResult(id, "done"));

    const [first, ...others] = settled.map(([, { content }]) => content);
    expect(first).toEqual([
      { type: "text", text: "done" },
      {
        type: "text",
        text: 'The MCP server `my.asker` asked a person: "A\\nB?" Nobody is there to answer, so h2m declined.',
      },
    ]);
    expect(others).toEqual([[{ type: "text", text: "done" }], [{ type: "text", text: "done" }]]);
  });
});
