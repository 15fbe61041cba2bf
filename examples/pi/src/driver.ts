import {
  H2mError,
  type HarnessDriver,
  type HostIo,
  type JsonObject,
  type OutCall,
  parseObject,
  type Seat,
  stringOf,
  type ToolCall,
} from "harness-to-mcp/plugin";
import { callsIn, progressIn, resultIn } from "./events.ts";

/** Milliseconds that pi may take to answer a command: its first answer comes when all of it is loaded, which a busy machine needs long for. */
const PATIENCE = 60_000;

/**
 * Drives one `pi --mode rpc`: commands on its input, answers and events on its output.
 * It runs calls when the message that made them is complete, so a turn ends with its calls (none is `early`);
 * but each result is told when its own call ends, and the quick one of two does not wait for the slow one.
 */
export function drivePi(host: HostIo): HarnessDriver {
  const asked = new Map<string, (answer: JsonObject) => void>();
  /** The calls without a result. */
  const calls = new Map<string, OutCall>();
  /** Those that pi runs. */
  const running = new Set<string>();
  const unwanted = new Set<string>();
  let seat: Seat | undefined;
  let count = 0;

  const ask = (type: string, more: object = {}) =>
    new Promise<void>((resolve, reject) => {
      const id = `h2m-${count++}`;
      const end = (act: () => void) => {
        asked.delete(id);
        clearTimeout(timer);
        host.exited.removeEventListener("abort", onExit);
        act();
      };
      const refuse = (why: string) =>
        end(() => reject(new H2mError("internal", `pi did not do \`${type}\`: ${why}.`)));
      const onExit = () => refuse("it has ended");
      const timer = setTimeout(() => refuse(`no answer within ${PATIENCE} ms`), PATIENCE);
      host.exited.addEventListener("abort", onExit, { once: true });
      asked.set(id, ({ success, error }) =>
        success === true ? end(resolve) : refuse(stringOf(error) ?? "it refused"),
      );
      host.write(JSON.stringify({ id, type, ...more }));
    });

  const prompt = () => ask("prompt", { message: seat?.prompt ?? "" });

  /** `abort` ends all that runs: it is used when the only call that still runs is one that nobody wants. */
  const abortUnwanted = async () => {
    const [only] = running;
    if (only === undefined || running.size > 1 || !unwanted.delete(only)) return;
    await ask("abort");
    await prompt();
  };
  const tidy = () =>
    abortUnwanted().catch((error: unknown) => {
      // With the process, all that it ran has ended.
      if (!host.exited.aborted) host.warn(H2mError.from(error).text);
    });

  host.onLine((line) => {
    // Deltas of a message are of no use here, and grow: a look at the text spares the parsing.
    if (line.startsWith('{"type":"message_update"')) return;
    const event = parseObject(line);
    const call = stringOf(event?.["toolCallId"]);
    switch (event?.["type"]) {
      case "response":
        return asked.get(stringOf(event["id"]) ?? "")?.(event);
      case "message_end":
        for (const id of callsIn(event)) running.add(id);
        return void tidy();
      case "tool_execution_update":
        // The first one says only that the call has begun.
        if (call !== undefined && progressIn(event)) calls.get(call)?.progress(progressIn(event));
        return;
      case "tool_execution_end":
        if (call === undefined) return;
        running.delete(call);
        unwanted.delete(call);
        calls.get(call)?.settle(resultIn(event));
        calls.delete(call);
        return void tidy();
    }
  });

  return {
    seats: 1,
    open: (own: Seat) => {
      seat = own;
      return prompt();
    },
    send: (_seat: Seat, call: ToolCall, out: OutCall) => {
      calls.set(call.id, out);
      const stop = () => {
        unwanted.add(call.id);
        return abortUnwanted();
      };
      out.signal.addEventListener("abort", stop, { once: true });
      return { call };
    },
    reset: async () => {
      // The turn that is held is all that runs now.
      await ask("abort");
      await ask("new_session");
      await prompt();
      return [];
    },
  };
}
