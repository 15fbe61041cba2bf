import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { defineHarness, definePlugin } from "../kit/define.ts";
import { parseObject } from "../kit/json.ts";
import type {
  HarnessDriver,
  HarnessLauncher,
  HostIo,
  LaunchContext,
  LaunchPlan,
  OutCall,
} from "../types/harness.ts";
import type { CallToolResult } from "../types/mcp.ts";
import type { Plugin } from "../types/plugin.ts";
import type { ToolCall } from "../types/turn.ts";
import type { ApiName } from "./wire.ts";

/** What the fake harness is told. */
export interface FakeOptions {
  /** @default "fake" */
  name?: string;
  /** @default "messages" */
  api?: ApiName | (string & {});
  /** A JavaScript module that exports the {@link Wire} of another API as its default: an absolute path or a file URL. */
  wire?: string;
  /** Responses over WebSocket; needs the package `ws`. */
  socket?: boolean;
  /** Results are told on stdout as soon as they are there. @default false: the next turn brings them */
  driver?: boolean;
  /** Which calls the driver promises to settle. @default all, if there is a driver */
  settles?: (call: ToolCall) => boolean;
  /** With a driver. @default 1 */
  seats?: number;
  /** The program names its conversations in headers. @default false */
  headers?: boolean;
  /** Every seat uses the key of the host. */
  sharedKey?: boolean;
  /** `false`: requests without `stream`. */
  stream?: boolean;
  /** Special tools to list: `patch`, `crew`, `web_search`, `write` (a path and a text), `shell` (a command). */
  tools?: readonly string[];
  /** Ends at once. */
  exit?: { code: number; stderr?: string };
  /** Never sends a request. */
  mute?: boolean;
  /** Milliseconds before its first request. */
  delay?: number;
  /** Side turns before the first root turn: `title`, `subagent`, `compaction`, `whole`, `prewarm`. */
  first?: readonly string[];
  /** The order of results in the next turn. @default the order of the calls */
  order?: "reverse";
  /** Tools whose results are left out of every turn, and not told early. */
  drop?: readonly string[];
  /** Tools whose results are not told early. */
  hush?: readonly string[];
  /** Gives up (exit code 9) if nothing that counts came for so many milliseconds. */
  idle?: number;
  /** The program that is started. @default the fake harness */
  program?: string;
}

/** Runs under Node as it is. It stands at the same place below this file and below the built one. */
const PROGRAM = fileURLToPath(new URL("fake-harness/main.mjs", import.meta.url));

/** A plugin that brings the fake harness, for an inline config. */
export function fakePlugin(options: FakeOptions = {}): Plugin {
  const launcher = fakeLauncher(options);
  return definePlugin({ name: launcher.name, harnesses: [launcher] });
}

/** The launcher of the fake harness alone, to be changed or wrapped. */
export function fakeLauncher(options: FakeOptions = {}): HarnessLauncher {
  const { name = "fake", api = "messages" } = options;
  return defineHarness({
    name,
    api,
    installCommand: "npm install -g fake-harness",
    detect: () => ({ command: process.execPath, version: "1.2.3" }),
    prepare: (context) => prepare(context, options),
    ...(options.driver ? { drive: (host: HostIo) => drive(host, options) } : {}),
    recognize: (headers) => {
      const conversation = headers.get("x-fake-conversation");
      if (conversation === null) return undefined;
      const parent = headers.get("x-fake-parent") ?? undefined;
      return { conversation, subagent: headers.has("x-fake-agent"), parent };
    },
    writes: ({ name: tool, arguments: args }) =>
      tool === "write" && typeof args["path"] === "string" ? [args["path"]] : [],
    annotations: { echo: { readOnlyHint: true } },
  });
}

function prepare(
  { install, origin, token, prompt, home }: LaunchContext,
  options: FakeOptions,
): LaunchPlan {
  const { name: _, settles: __, program = PROGRAM, api = "messages", ...rest } = options;
  return {
    command: install.command,
    args: [program],
    env: { FAKE_CONFIG: join(home, "fake.json") },
    files: { "fake.json": JSON.stringify({ ...rest, api, origin, token, prompt }) },
  };
}

function drive(host: HostIo, options: FakeOptions): HarnessDriver {
  const calls = new Map<string, OutCall>();
  host.onLine((line) => {
    const found = parseObject(line)?.["result"] as
      | { callId: string; result: CallToolResult }
      | undefined;
    if (!found) return;
    calls.get(found.callId)?.settle(found.result);
    calls.delete(found.callId);
  });
  const conversations = new Map<string, string>();
  return {
    seats: options.seats ?? 1,
    open: (seat) => {
      const conversation = `conversation-${seat.id}`;
      conversations.set(seat.id, conversation);
      if (options.headers) host.bind(seat.id, conversation);
      const token = options.sharedKey ? host.context.token : seat.token;
      const { prompt, env } = seat;
      host.write(JSON.stringify({ open: { conversation, token, prompt, env } }));
      return Promise.resolve();
    },
    send: (_seat, call, out) => {
      calls.set(call.id, out);
      const cancel = () => host.write(JSON.stringify({ cancel: call.id }));
      out.signal.addEventListener("abort", cancel, { once: true });
      return { call, early: options.settles?.(call) ?? true };
    },
    close: (seat) => {
      host.write(JSON.stringify({ close: conversations.get(seat.id) }));
      return Promise.resolve();
    },
  };
}
