import { chatCompletions } from "../../plugins/chat-completions/index.ts";
import { messages } from "../../plugins/messages/index.ts";
import { responses } from "../../plugins/responses/index.ts";
import { describeApiAdapter, WIRES } from "../../src/testing.ts";
import { lawfulChat, lawfulMessages, lawfulResponses } from "./laws.ts";

describeApiAdapter(messages, {
  wire: WIRES.messages,
  lawful: lawfulMessages,
  errorFlag: true,
  hosted: "web_search_20250305",
});
describeApiAdapter(responses, {
  wire: WIRES.responses,
  lawful: lawfulResponses,
  hosted: "web_search",
});
describeApiAdapter(chatCompletions, {
  wire: WIRES["chat-completions"],
  lawful: lawfulChat,
});
