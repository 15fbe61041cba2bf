import {
  arrayOf,
  type HarnessDriver,
  type HostIo,
  objectOf,
  parseObject,
  resultOfBlock,
  type Seat,
  toolResultBlock,
} from "../../src/plugin.ts";
import { ROOT } from "./recognize.ts";

/** Drives one `claude -p` process by stream-json: one seat, prompts on its input, results on its output. */
export function driveClaude(host: HostIo): HarnessDriver {
  host.onLine((line) => {
    // Only tool results matter, and most lines carry none: a look at the text spares the parsing.
    if (!line.includes('"tool_result"')) return;
    const event = parseObject(line);
    // A subagent's results carry the id of the call that started it.
    if (event?.["type"] !== "user" || event["parent_tool_use_id"] != null) return;
    for (const block of arrayOf(objectOf(event["message"])?.["content"]) ?? []) {
      const read = toolResultBlock.safeParse(block);
      if (read.success) host.settle(read.data.tool_use_id, resultOfBlock(read.data));
    }
  });

  return {
    seats: 1,
    open: async (seat: Seat) => {
      host.bind(seat.id, ROOT);
      host.write(userText(seat.prompt));
    },
    // Measured on 2.1.197: each result stands on stdout as the next request would have it, without reminders.
    settles: () => true,
  };
}

/** A user message as a line of stream-json. */
export function userText(text: string): string {
  return JSON.stringify({
    type: "user",
    message: { role: "user", content: [{ type: "text", text }] },
  });
}
