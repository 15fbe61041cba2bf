import {
  arrayOf,
  H2mError,
  type HarnessDriver,
  type HostIo,
  type JsonObject,
  objectOf,
  type OutCall,
  type Seat,
  stringOf,
  textResult,
  type ToolCall,
} from "../../src/plugin.ts";
import type { CodexFacts } from "./detect.ts";
import { greet } from "./greet.ts";
import { Rpc } from "./rpc.ts";
import { Servers } from "./servers.ts";
import { TELEMETRY, reportsIn } from "./telemetry.ts";
import { startThread, type Thread } from "./thread.ts";
import { Trust } from "./trust.ts";

/** Measured on 0.169: fifty threads with a held turn each need 215 MB together. */
const SEATS = 50;
/** How long a cancelled command is waited for, in ms: it may not have started yet. */
const CANCEL_TIME = 5_000;
/** How long a new history waits for the MCP servers of its thread, in ms: it has 10 s. */
const SERVERS_AGAIN = 6_000;

/** Drives `codex app-server` by JSON-RPC on its standard input and output: one thread for each seat. */
export function driveCodex(host: HostIo<CodexFacts>): HarnessDriver {
  const threads = new Map<string, Thread>();
  /** The seats that are open, or about to be. */
  const seats = new Set<string>();
  const rpc = new Rpc(host, {
    onEvent: (method, params) => heard(method, params),
    onQuestion: (method, params) => threadOf(params["threadId"])?.questions.asked(method, params),
  });
  const trust = new Trust((message) => {
    host.warn(message);
    for (const id of seats) host.notice(id, `codex: ${message}`);
  }, host.context.install.version);
  const servers = new Servers(host);
  let ready: Promise<void> | undefined;

  if (host.context.options.model === undefined && !host.context.install.facts?.model)
    host.warn("no model of its catalog has a patch tool, so `apply_patch` will be missing");

  host.onPost(TELEMETRY, (body) => {
    const all = reportsIn(body);
    trust.heard(all.length > 0);
    for (const report of all) threadOf(report.threadId)?.calls.reported(report);
  });

  const threadOf = (id: unknown) => [...threads.values()].find((thread) => thread.id === id);

  const heard = (method: string, params: JsonObject) => {
    const thread = threadOf(params["threadId"]);
    const item = objectOf(params["item"]) ?? {};
    switch (method) {
      case "item/started":
        return thread?.calls.started(item);
      case "item/completed":
        return thread?.calls.completed(item);
      case "item/commandExecution/outputDelta":
        return thread?.calls.printed(
          stringOf(params["itemId"]) ?? "",
          stringOf(params["delta"]) ?? "",
        );
      case "turn/started":
        return thread?.turnStarted(stringOf(objectOf(params["turn"])?.["id"]));
      case "turn/completed":
        return thread?.turnEnded();
      case "mcpServer/startupStatus/updated":
        return servers.heard(params);
      case "error": {
        const said = stringOf(objectOf(params["error"])?.["message"]);
        if (thread) host.warn(said ?? JSON.stringify(params));
        return;
      }
      default:
        // What a call does on its way has no result in it (0.169 to 0.171).
        host.unknown(method, params);
    }
  };

  /** Ends the command that a call runs; tells whether there was one. */
  const terminate = async (threadId: string, callId: string): Promise<boolean> => {
    const { data } = await rpc.request("thread/backgroundTerminals/list", { threadId });
    const terminals = (arrayOf(data) ?? []).map(objectOf);
    const processId = terminals.find((each) => each?.["itemId"] === callId)?.["processId"];
    if (processId === undefined) return false;
    await rpc.request("thread/backgroundTerminals/terminate", { threadId, processId });
    return true;
  };

  /** Ends what a call runs, and then the call. */
  const stop = async (seat: Seat, thread: Thread, call: ToolCall, out: OutCall) => {
    const { id: threadId, calls } = thread;
    calls.forget(call.id);
    const end = Date.now() + CANCEL_TIME;
    try {
      while (!(await terminate(threadId, call.id)) && Date.now() < end) {
        if (call.name !== "exec_command" || calls.terminals.get(call.id)?.exit) return;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    } catch (error) {
      // A thread that was closed meanwhile has ended its commands.
      if (threads.get(seat.id) === thread) throw error;
    } finally {
      // Its witnesses are not asked any more; were it out for ever, the history could never begin anew.
      out.settle(textResult("The call was cancelled.", true));
    }
  };

  const open = async (seat: Seat, serversTime?: number) => {
    const thread = await startThread({ host, rpc, trust, seat });
    if (!seats.has(seat.id)) {
      // Closed while codex made it: nobody else knows of it.
      await thread.end(true);
      throw new H2mError("closed", "The session was closed while codex opened it.");
    }
    threads.set(seat.id, thread);
    host.bind(seat.id, thread.id);
    await servers.ready(thread.id, seat, serversTime);
    servers.forget(thread.id);
    await thread.startTurn();
  };

  return {
    seats: SEATS,
    open: async (seat: Seat) => {
      seats.add(seat.id);
      await (ready ??= greet(host, rpc));
      await open(seat);
    },
    send: (seat: Seat, call: ToolCall, out: OutCall) => {
      const thread = threads.get(seat.id);
      if (!thread) return { call };
      out.signal.addEventListener("abort", () => stop(seat, thread, call, out), { once: true });
      return thread.send(call, out);
    },
    growth: (seat: Seat) => threads.get(seat.id)?.growth ?? 0,
    reset: async (seat: Seat) => {
      const thread = threads.get(seat.id);
      if (!thread) return [];
      if (thread.isShort || (await thread.isBusy())) {
        await thread.renewTurn();
        return [];
      }
      await open(seat, SERVERS_AGAIN);
      // The new one stands: the old one may take its time.
      thread.end(false).catch((error) => host.warn(H2mError.from(error).message));
      return thread.losses;
    },
    close: async (seat: Seat) => {
      const thread = threads.get(seat.id);
      seats.delete(seat.id);
      threads.delete(seat.id);
      await thread?.end(true);
    },
  };
}
