import { defineApiAdapter, definePlugin } from "../../src/plugin.ts";
import { chatEncoder, chatError } from "./encoder.ts";
import { parseChat } from "./parse.ts";

export const chatCompletions = defineApiAdapter({
  name: "chat-completions",
  path: "/v1/chat/completions",
  parse: parseChat,
  encoder: chatEncoder,
  error: chatError,
});

export default definePlugin({ name: "chat-completions", apis: [chatCompletions] });
