// What a harness needs of each LLM API: how it writes a request, and how it reads the reply. Written from the APIs' own
// documentation and independent of the adapters in `plugins/`, so that the two can disagree. Plain JavaScript: the fake
// harness runs it under Node as it is.
import { chat } from "./wire-chat.mjs";
import { messages } from "./wire-messages.mjs";
import { responses } from "./wire-responses.mjs";

/** @type {Record<string, object>} */
export const WIRES = { messages: messages(), responses: responses(), "chat-completions": chat() };

/** Splits a stream of server-sent events: feed it text, it gives `{ event, data, comment }`. */
export function sseReader() {
  let parts = [""];
  return (text) => {
    // A long event comes in hundreds of pieces: looking through all of it for each of them would take seconds.
    const whole = (parts.at(-1).slice(-1) + text).includes("\n\n");
    if (text !== "") parts.push(text);
    if (!whole) return [];
    const blocks = parts.join("").split("\n\n");
    parts = [blocks.pop()];
    return blocks.map((block) => {
      const found = { event: undefined, data: "", comment: false };
      for (const line of block.split("\n")) {
        if (line.startsWith("event: ")) found.event = line.slice(7);
        else if (line.startsWith("data: ")) found.data += line.slice(6);
        else if (line.startsWith(":")) found.comment = true;
      }
      return found;
    });
  };
}
