import { join } from "node:path";
import {
  arrayOf,
  type CallToolResult,
  H2mError,
  type HarnessDriver,
  type HostIo,
  type JsonObject,
  objectOf,
  type OutCall,
  parseObject,
  resultOfBlock,
  type Seat,
  stringOf,
  textOf,
  type ToolCall,
  toolResultBlock,
} from "../../src/plugin.ts";
import { ClaudeCalls, pdfOf, withDocument } from "./calls.ts";
import { unknownKind } from "./events.ts";
import { TOOLS_FILE } from "./launch.ts";
import { controlRequest, quoted, userText } from "./lines.ts";
import { outgoing } from "./outgoing.ts";
import { commandsOf, endSession } from "./processes.ts";
import { declined } from "./questions.ts";
import { Servers } from "./servers.ts";
import { endOfTask } from "./tasks.ts";
import { whileRuns } from "./while-runs.ts";

/** How long the text of a skill may lag behind the result of its call, in ms. */
const SKILL_GRACE = 500;
/** How long a cancelled command is waited for, in ms. */
const CANCEL_TIME = 10_000;
/** Milliseconds between SIGTERM and SIGKILL for a cancelled command. */
const KILL_GRACE = 300;
/** How long a command of ours may take around a reset, in ms. */
const SHELL_TIME = 5_000;
/** The shortest time from one prompt to the next, in ms: what ended a turn at once may end the next one too. */
const PAUSE = 1_000;

/** Words of the lines that are of use here. */
const OF_USE = [
  '"tool_result"',
  '"result"',
  '"control_request"',
  '"control_response"',
  '"init"',
  '"task_notification"',
];

/** The root while a history is cleared: no request bears it. */
const NO_SESSION = "between two histories";

/** Drives one `claude -p` process by stream-json: one seat, prompts on its input, results on its output. */
export function driveClaude(host: HostIo): HarnessDriver {
  const calls = new ClaudeCalls();
  const servers = new Servers(host);
  let onTurnEnd: (() => void) | undefined;
  let onSession: (() => void) | undefined;
  /** Prompts whose turns have not ended. */
  let prompts = 0;
  let promptedAt = 0;
  /** A turn has begun and not ended: a prompt's, or one that tells its model of a task that ended (2.1.332). */
  let running = false;
  /** The session id that Claude Code printed last; its requests bear it. */
  let session: string | undefined;
  let seatId: string | undefined;
  // A skill's text comes as an event of its own, without an id, right after the result of its call (2.1.197 to 2.1.332).
  let skill: { readonly settle: (text?: string) => void } | undefined;

  const onResult = (id: string, result: CallToolResult, event: JsonObject) => {
    // Whatever comes between says that the skill before has no text.
    skill?.settle();
    const call = calls.get(id);
    const document = call?.name === "Read" ? pdfOf(event["tool_use_result"]) : undefined;
    const whole = document ? withDocument(result, document) : result;
    if (call?.name !== "Skill" || result.isError) return calls.settle(id, whole);
    const timer = setTimeout(() => skill?.settle(), SKILL_GRACE);
    skill = {
      settle: (text) => {
        clearTimeout(timer);
        skill = undefined;
        const content =
          text === undefined ? whole.content : [...whole.content, { type: "text" as const, text }];
        calls.settle(id, { ...whole, content });
      },
    };
  };

  const prompt = (text: string) => {
    prompts++;
    promptedAt = Date.now();
    host.write(userText(text));
  };

  /** Each prompt has one end, also `/clear`. */
  const onEnd = () => {
    prompts = Math.max(0, prompts - 1);
    running = false;
    if (onTurnEnd) return onTurnEnd();
    if (prompts > 0) return;
    // An answer that it could not use ends its turn (2.1.197); without one no call could go out.
    setTimeout(
      () => {
        if (prompts === 0 && !running && !host.exited.aborted) prompt(host.context.prompt);
      },
      Math.max(0, promptedAt + PAUSE - Date.now()),
    ).unref();
  };

  /** A turn begins. Requests with another session id, such as of a `claude` that a command starts, are no turns of ours. */
  const onInit = (id: string | undefined) => {
    running = true;
    if (id === undefined || id === session) return;
    session = id;
    if (seatId !== undefined) host.bind(seatId, id);
    onSession?.();
    onSession = undefined;
  };

  const onQuestion = (event: JsonObject) => {
    const answer = declined(event);
    if (!answer) return;
    host.write(answer.line);
    if (answer.note !== undefined) calls.note(`mcp__${answer.server}__`, answer.note);
  };

  /** What runs behind has ended. Of a call that is out, such as an agent's, its own result tells. */
  const onTask = (event: JsonObject) => {
    const told = calls.get(stringOf(event["tool_use_id"]) ?? "") ? undefined : endOfTask(event);
    if (seatId !== undefined && told !== undefined) host.notice(seatId, told);
  };

  const runningOf = async (call: ToolCall, command: string) => {
    // Of equal commands the one that was sent at the same place of the row is meant.
    const equal = calls.running().filter((other) => other.arguments["command"] === command);
    const place = equal.findIndex(({ id }) => id === call.id);
    const commands = await commandsOf(join(host.context.home, TOOLS_FILE));
    return commands.filter(({ line }) => line.includes(quoted(command)))[place];
  };

  /** Ends the command that a call runs, and nothing else. */
  const stop = async (call: ToolCall) => {
    const command = stringOf(call.arguments["command"]);
    if (call.name !== "Bash" || command === undefined) return;
    // The command may not have started yet: before the first one, the shell's start-up files are read.
    const end = Date.now() + CANCEL_TIME;
    while (calls.get(call.id) && !host.exited.aborted && Date.now() < end) {
      const found = await runningOf(call, command);
      if (found) return endSession(found.pid, KILL_GRACE);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };

  /** Runs a command of ours, which may well run twice. `undefined`: there was no turn for it in time. */
  const shell = async (seat: Seat, command: string): Promise<string | undefined> => {
    const late = AbortSignal.timeout(SHELL_TIME);
    for (let lost = 0; ; lost++) {
      try {
        return textOf(await host.run(seat.id, "Bash", { command }, late)).trim();
      } catch (error) {
        if (late.aborted) return undefined;
        // A stream that breaks may take it along.
        if (lost > 0 || H2mError.from(error).code !== "outcome-unknown") throw error;
      }
    }
  };

  const onUser = (event: JsonObject) => {
    // A subagent's results carry the id of the call that started it.
    if (event["parent_tool_use_id"] != null) return;
    for (const block of arrayOf(objectOf(event["message"])?.["content"]) ?? []) {
      const read = toolResultBlock.safeParse(block);
      const type = objectOf(block)?.["type"];
      if (read.success) onResult(read.data.tool_use_id, resultOfBlock(read.data), event);
      else if (type === "text") skill?.settle(stringOf(objectOf(block)?.["text"]));
      else host.unknown(`user/${stringOf(type)}`, event);
    }
  };

  host.onLine((line) => {
    const useful = OF_USE.some((word) => line.includes(word)) || (skill && line.includes('"user"'));
    // Its own copy of each call, which may be long; the rest is short and seldom.
    if (!useful && line.includes('"type":"assistant"')) return;
    // Which key stands first differs from version to version (2.1.197, 2.1.218, 2.1.332).
    const event = parseObject(line);
    const kind = event && unknownKind(event);
    if (kind !== undefined) return host.unknown(kind, event!);
    switch (event?.["type"]) {
      case "user":
        return onUser(event);
      case "result":
        return onEnd();
      case "control_request":
        return onQuestion(event);
      case "control_response":
        return servers.heard(event);
      case "system":
        if (event["subtype"] === "init") onInit(stringOf(event["session_id"]));
        else if (event["subtype"] === "task_notification") onTask(event);
        return;
      default:
    }
  });

  return {
    seats: 1,
    open: async (seat: Seat) => {
      // Its first turn is the root; the id that it prints before is bound as soon as it is read.
      seatId = seat.id;
      await servers.ready(seat.id);
      prompt(seat.prompt);
    },
    // Measured on 2.1.197: each result stands on stdout as the next request would have it, without reminders.
    send: (_seat: Seat, asked: ToolCall, out: OutCall) => {
      const call = outgoing(asked, host.context);
      calls.sent(call, out);
      out.signal.addEventListener("abort", () => stop(call), { once: true });
      return { call, early: true };
    },
    // Measured: 20 ms with 2.1.197, 80 ms with 2.1.332. `/clear` must go with each interrupt: without it the next request may
    // never come.
    reset: async (seat: Seat) => {
      const folder = await shell(seat, "pwd");
      // A turn that has ended by itself has no second end.
      const interrupted = running && new Promise<void>((resolve) => (onTurnEnd = resolve));
      host.write(controlRequest(seat.id, { subtype: "interrupt" }));
      if (interrupted) await whileRuns(host.exited, interrupted);
      onTurnEnd = undefined;
      calls.cleared();
      // What was waiting may still ask under the old id, and is answered at once: it would hold up what comes now.
      host.bind(seat.id, NO_SESSION);
      const renewed = new Promise<void>((resolve) => (onSession = resolve));
      prompt("/clear");
      // The new id is printed in the turn of `/clear`, and so before any request that bears it.
      await whileRuns(host.exited, renewed);
      prompt(seat.prompt);
      // The new history begins in the folder of the start: the shell goes back to where it was.
      const kept =
        folder === seat.cwd ||
        (folder && (await shell(seat, `cd '${quoted(folder)}'`)) !== undefined);
      return [
        "the task list",
        "which files have been read: an Edit or Write may ask to Read first",
        ...(kept ? [] : ["the folder of the shell"]),
      ];
    },
  };
}
