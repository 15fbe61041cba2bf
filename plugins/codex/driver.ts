import {
  arrayOf,
  H2mError,
  type HarnessDriver,
  type HostIo,
  type JsonObject,
  objectOf,
  type Seat,
  stringOf,
  type ToolCall,
} from "../../src/plugin.ts";
import type { CodexFacts } from "./detect.ts";
import { threadOf } from "./launch.ts";
import { Rpc } from "./rpc.ts";

/** Measured on 0.169: fifty threads with a held turn each need 215 MB together. */
const SEATS = 50;
/** The shortest time from one turn to the next, in ms: what ended a turn at once may end the next one too. */
const PAUSE = 1_000;

/** What codex need not tell: nothing listens, and the diff of a turn grows with every patch. */
const UNHEARD = [
  "account/rateLimits/updated",
  "item/agentMessage/delta",
  "item/commandExecution/outputDelta",
  "item/completed",
  "item/started",
  "rawResponseItem/completed",
  "thread/started",
  "thread/status/changed",
  "thread/tokenUsage/updated",
  "turn/diff/updated",
];

/** A seat and its thread. */
interface Thread {
  readonly seat: Seat;
  readonly id: string;
  turnId: string | undefined;
  startedAt: number;
}

/** Drives `codex app-server` by JSON-RPC on its standard input and output: one thread for each seat. */
export function driveCodex(host: HostIo): HarnessDriver {
  const threads = new Map<string, Thread>();
  const rpc = new Rpc(host, (method, params) => heard(method, params));
  let ready: Promise<void> | undefined;

  if (
    host.context.options.model === undefined &&
    !(host.context.install.facts as CodexFacts)?.model
  )
    host.warn("no model of its catalog has a patch tool, so `apply_patch` will be missing");

  const initialize = async () => {
    await rpc.request("initialize", {
      clientInfo: { name: "h2m", title: "h2m", version: "0" },
      capabilities: { experimentalApi: true, optOutNotificationMethods: UNHEARD },
    });
    rpc.notify("initialized");
  };

  const startTurn = async (thread: Thread) => {
    thread.startedAt = Date.now();
    const input = [{ type: "text", text: thread.seat.prompt, text_elements: [] }];
    const { turn } = await rpc.request("turn/start", { threadId: thread.id, input });
    thread.turnId = stringOf(objectOf(turn)?.["id"]);
  };

  const restart = (thread: Thread) => {
    if (threads.get(thread.seat.id) !== thread || thread.turnId !== undefined) return;
    startTurn(thread).catch((error) => host.warn(H2mError.from(error).message));
  };

  const heard = (method: string, params: JsonObject) => {
    const thread = [...threads.values()].find(({ id }) => id === params["threadId"]);
    if (!thread) return;
    if (method === "error") {
      const said = stringOf(objectOf(params["error"])?.["message"]);
      host.warn(said ?? JSON.stringify(params));
    } else if (method === "turn/started") {
      thread.turnId = stringOf(objectOf(params["turn"])?.["id"]);
    } else if (method === "turn/completed") {
      thread.turnId = undefined;
      // Nothing of ours ends a turn while the seat is open; without one no call could go out.
      const pause = Math.max(0, thread.startedAt + PAUSE - Date.now());
      setTimeout(() => restart(thread), pause).unref();
    }
  };

  const terminate = async (threadId: string, callId: string) => {
    const { data } = await rpc.request("thread/backgroundTerminals/list", { threadId });
    const terminals = (arrayOf(data) ?? []).map(objectOf);
    const processId = terminals.find((each) => each?.["itemId"] === callId)?.["processId"];
    if (processId === undefined) return;
    await rpc.request("thread/backgroundTerminals/terminate", { threadId, processId });
  };

  return {
    seats: SEATS,
    open: async (seat: Seat) => {
      await (ready ??= initialize());
      const answer = await rpc.request("thread/start", threadOf(seat, host.context.origin));
      const id = stringOf(objectOf(answer["thread"])?.["id"]);
      if (id === undefined) throw new H2mError("internal", "codex started a thread without an id.");
      const thread: Thread = { seat, id, turnId: undefined, startedAt: 0 };
      threads.set(seat.id, thread);
      host.bind(seat.id, id);
      await startTurn(thread);
    },
    // Its events lack what a model would see of most results: the next turn brings them.
    settles: () => false,
    cancel: async (seat: Seat, call: ToolCall) => {
      const thread = threads.get(seat.id);
      if (thread) await terminate(thread.id, call.id);
    },
    close: async (seat: Seat) => {
      const thread = threads.get(seat.id);
      if (!thread) return;
      threads.delete(seat.id);
      const { id: threadId, turnId } = thread;
      // An interrupt leaves the commands running, and an active turn blocks the unloading. It may just have ended by itself.
      if (turnId !== undefined)
        await rpc.request("turn/interrupt", { threadId, turnId }).catch(() => {});
      await rpc.request("thread/backgroundTerminals/clean", { threadId });
      await rpc.request("thread/delete", { threadId });
    },
  };
}
