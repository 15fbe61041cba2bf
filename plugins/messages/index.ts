import { defineApiAdapter, definePlugin } from "../../src/plugin.ts";
import { messagesEncoder, messagesError } from "./encoder.ts";
import { parseMessages } from "./parse.ts";

export const messages = defineApiAdapter({
  name: "messages",
  path: "/v1/messages",
  parse: parseMessages,
  encoder: messagesEncoder,
  error: messagesError,
  endpoints: [
    {
      method: "POST",
      path: "/v1/messages/count_tokens",
      handle: () => Response.json({ input_tokens: 1 }),
    },
  ],
});

export default definePlugin({ name: "messages", apis: [messages] });
