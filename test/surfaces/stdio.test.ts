import { rm } from "node:fs/promises";
import { Client as ModernClient } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { Client as V1Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport as V1Transport } from "@modelcontextprotocol/sdk/client/stdio.js";
import {
  ElicitRequestSchema,
  ToolListChangedNotificationSchema,
} from "@modelcontextprotocol/sdk/types.js";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import {
  builtCli,
  type Cli,
  emptyFolder,
  fakeConfig,
  put,
  start,
  stateOf,
} from "../helpers/cli.ts";
import type { Person } from "../helpers/clients.ts";
import { lives, until } from "../helpers/until.ts";

// Each test starts a process or two, and machines differ.
vi.setConfig({ testTimeout: 60_000 });

let cli: string;
beforeAll(async () => {
  cli = await builtCli();
}, 120_000);

let folder: string;
let ends: (() => unknown)[];
beforeEach(async () => {
  folder = await emptyFolder();
  ends = [() => rm(folder, { recursive: true, force: true })];
  await put(folder, "h2m.config.mjs", `console.log("noise");${fakeConfig()}`);
});
afterEach(async () => {
  for (const end of ends.toReversed()) await end();
});

const parameters = () => ({
  command: process.execPath,
  args: [cli, "--stdio"],
  cwd: folder,
  env: { HOME: folder, XDG_STATE_HOME: stateOf(folder) },
  stderr: "ignore" as const,
});

interface StdioClient {
  names(): Promise<string[]>;
  text(name: string, args?: Record<string, unknown>): Promise<string>;
  changes(): number;
  readonly pid: number;
}

/** Says yes to what has a "yes" in it. */
const person: Person = ({ message }) =>
  Promise.resolve({ action: message.includes('"yes"') ? "accept" : "decline" });

async function v1(): Promise<StdioClient> {
  const transport = new V1Transport(parameters());
  const client = new V1Client(
    { name: "test", version: "1" },
    { capabilities: { elicitation: {} } },
  );
  client.setRequestHandler(ElicitRequestSchema, ({ params }) => person(params));
  let changes = 0;
  client.setNotificationHandler(ToolListChangedNotificationSchema, () => void changes++);
  await client.connect(transport);
  ends.push(() => client.close());
  return {
    names: async () => (await client.listTools()).tools.map((tool) => tool.name),
    text: async (name, args = {}) => textOf(await client.callTool({ name, arguments: args })),
    changes: () => changes,
    pid: transport.pid ?? 0,
  };
}

async function v2(pin?: string): Promise<StdioClient> {
  const transport = new StdioClientTransport(parameters());
  let changes = 0;
  const client = new ModernClient(
    { name: "test", version: "1" },
    {
      capabilities: { elicitation: {} },
      listChanged: {
        tools: { autoRefresh: false, debounceMs: 0, onChanged: () => void changes++ },
      },
      ...(pin === undefined ? {} : { versionNegotiation: { mode: { pin } } }),
    },
  );
  client.setRequestHandler("elicitation/create", ({ params }) => person(params));
  await client.connect(transport);
  ends.push(() => client.close());
  return {
    names: async () =>
      (await client.listTools({}, { cacheMode: "refresh" })).tools.map((tool) => tool.name),
    text: async (name, args = {}) => textOf(await client.callTool({ name, arguments: args })),
    changes: () => changes,
    pid: transport.pid ?? 0,
  };
}

function textOf(result: unknown): string {
  return (result as { content: { text: string }[] }).content[0]?.text ?? "";
}

describe("h2m --stdio", () => {
  describe.each([
    ["a v1 client", v1],
    ["a v2 client of the 2025 era", () => v2()],
    ["a v2 client of the 2026 era", () => v2("2026-07-28")],
  ])("with %s", (_, connect) => {
    it("lists and calls tools, asks its person, and tells of a changed list", async () => {
      await put(folder, "h2m.config.mjs", fakeConfig({}, 'tools: { confirm: ["fail"] }'));
      const client = await connect();

      expect(await client.names()).toContain("echo");
      expect(await client.text("echo", { text: "hello" })).toBe("hello");
      expect(await client.text("fail", { text: "yes" })).toBe("yes");
      expect(await client.text("fail", { text: "no" })).toContain("declined `fail`");
      expect(client.changes()).toBe(0);
      await client.text("grow", { name: "extra" });
      await until("the client hears of it", () => client.changes() > 0);
      expect(await client.names()).toContain("extra");
    });
  });

  it("serves two at once, each with a harness of its own", async () => {
    const [one, two] = await Promise.all([v1(), v2("2026-07-28")]);

    const pids = await Promise.all([one.text("pid"), two.text("pid")]);

    expect(pids[0]).not.toBe(pids[1]);
    expect(await one.text("echo", { text: "1" })).toBe("1");
    expect(await two.text("echo", { text: "2" })).toBe("2");
  });

  it("carries a message of 16 MiB", async () => {
    const client = await v1();
    const filler = "x".repeat(16 * 1024 * 1024);

    // The check of the arguments has read it all, and answers shortly.
    expect(await client.text("pid", { filler })).toContain("`filler` is not known");
  }, 60_000);

  const request = (id: number, method: string, params: object = {}) =>
    `${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`;
  const INITIALIZE = request(1, "initialize", {
    protocolVersion: "2025-06-18",
    capabilities: {},
    clientInfo: { name: "test", version: "1" },
  });

  function open(args: readonly string[] = []): Cli {
    const stdio = start(cli, ["--stdio", ...args], { cwd: folder });
    ends.push(async () => {
      stdio.child.kill("SIGKILL");
      await stdio.ended;
    });
    return stdio;
  }

  /** Starts it, and waits until its harness can be called. */
  async function ready(): Promise<{ stdio: Cli; pid: number }> {
    const stdio = open();
    stdio.child.stdin?.write(INITIALIZE);
    await stdio.says(/has \d+ tools/);
    const [, pid] = await stdio.says(/started in .*\(pid (\d+)\)/);
    return { stdio, pid: Number(pid) };
  }

  it("writes nothing but JSON-RPC on stdout, also if the config prints there, and goes on after a line that is no message", async () => {
    const { stdio } = await ready();
    stdio.child.stdin?.write("this is no JSON\n");
    stdio.child.stdin?.write(request(2, "tools/list"));
    await until("the list", () => stdio.stdout().includes('"id":2'), 15_000);
    await until("all of it", () => stdio.stdout().endsWith("\n"), 15_000);

    for (const line of stdio.stdout().trim().split("\n"))
      expect(JSON.parse(line)).toMatchObject({ jsonrpc: "2.0" });
    expect(stdio.stderr()).toContain("noise");
  });

  it("ends with its harness when stdin is closed", async () => {
    const { stdio, pid } = await ready();
    stdio.child.stdin?.end();

    expect(await stdio.ended).toBe(0);
    await until("the harness is gone", () => !lives(pid));
  });

  it("ends with its harness on SIGTERM", async () => {
    const { stdio, pid } = await ready();
    stdio.child.kill("SIGTERM");

    expect(await stdio.ended).toBe(0);
    await until("the harness is gone", () => !lives(pid));
  });

  it("ends with its harness when nobody reads its stdout any more", async () => {
    const { stdio, pid } = await ready();
    stdio.child.stdout?.destroy();
    stdio.child.stdin?.write(request(2, "tools/list"));

    expect(await stdio.ended).toBe(0);
    await until("the harness is gone", () => !lives(pid));
  });

  it("answers `initialize` though the harness is not installed, and says so when tools are asked for", async () => {
    await put(folder, "h2m.config.mjs", fakeConfig({ missing: true }));
    const stdio = open();
    stdio.child.stdin?.write(INITIALIZE);
    await until("the first answer", () => stdio.stdout().includes('"id":1'), 15_000);
    stdio.child.stdin?.write(request(2, "tools/list"));
    await until("the second answer", () => stdio.stdout().includes('"id":2'), 15_000);

    expect(stdio.stdout()).toMatch(/"id":1,"result"|"result":.*"id":1/);
    expect(stdio.stdout()).toContain("npm install -g fake-harness");
  });
});
