import { once } from "node:events";
import { createServer } from "node:http";

/**
 * A model of the chat completions API that calls one tool, and then says what the tool gave. `call`: its name and arguments.
 * `heard` has the bodies of all requests.
 */
export async function startModel(call) {
  const heard = [];
  const server = createServer(async (request, response) => {
    let text = "";
    for await (const part of request) text += part;
    const body = JSON.parse(text);
    heard.push({ path: request.url, body });
    const result = body.messages.findLast(({ role }) => role === "tool");
    const message = result
      ? { role: "assistant", content: `The tool said: ${plain(result.content)}` }
      : {
          role: "assistant",
          content: null,
          tool_calls: [
            {
              id: "call_1",
              type: "function",
              function: { name: call.name, arguments: JSON.stringify(call.arguments) },
            },
          ],
        };
    response.setHeader("content-type", "application/json");
    response.end(
      JSON.stringify({
        id: `chatcmpl-${heard.length}`,
        object: "chat.completion",
        created: Math.floor(Date.now() / 1000),
        model: body.model,
        choices: [{ index: 0, message, finish_reason: result ? "stop" : "tool_calls" }],
        usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
      }),
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const end = () => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${server.address().port}/v1`, heard, end };
}

/** What a tool gave, in whichever way the library hands it on. */
function plain(content) {
  if (typeof content === "string") return content;
  return content.map((block) => block.text ?? JSON.stringify(block)).join("\n");
}
