import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { messages } from "../../plugins/messages/index.ts";
import { toSse } from "../../src/hijack/sse.ts";
import { type CallToolResult, parseObject, type Reply } from "../../src/plugin.ts";

/** What one client's model says: it has the text that each call gave so far, and names the next command, or none. */
export type Script = (results: readonly string[]) => Promise<string | undefined>;

/** A model that needs none, for real clients that speak the messages API: each path below its URL has a script of its own. */
export async function stubModel(
  scripts: Readonly<Record<string, Script>>,
  tool: string,
): Promise<{ url: string; close(): void }> {
  const server = createServer((request, response) => {
    answer(request, response, scripts, tool).catch((error) => response.destroy(error));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${port}`, close };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  scripts: Readonly<Record<string, Script>>,
  tool: string,
): Promise<void> {
  const [, name = "", ...rest] = (request.url ?? "").split(/[/?]/);
  const script = scripts[name];
  let text = "";
  for await (const part of request.setEncoding("utf8")) text += part;
  const body = parseObject(text);
  if (!script || !body || rest[1] !== "messages" || rest[2] === "count_tokens")
    return void response.writeHead(404).end("{}");
  const turn = messages.parse(body, {});
  const told = turn.results.map(({ result }) => textOfResult(result));
  const listed = turn.tools.some((each) => each.name === tool);
  const command = turn.immediate || !listed ? undefined : await script(told);
  const reply: Reply =
    turn.immediate ??
    (command === undefined
      ? { type: "text", text: "done" }
      : {
          type: "calls",
          calls: [{ id: `toolu_${told.length}`, name: tool, arguments: { command } }],
        });
  const encoder = messages.encoder(turn);
  if (!turn.stream) {
    response.writeHead(200, { "content-type": "application/json" });
    return void response.end(JSON.stringify(encoder.json(reply)));
  }
  response.writeHead(200, { "content-type": "text/event-stream" });
  const events =
    reply.type === "calls"
      ? [...encoder.begin(), ...encoder.calls(reply.calls), ...encoder.end()]
      : [...encoder.begin(), ...encoder.end(reply)];
  response.end(toSse(events));
}

function textOfResult({ content }: CallToolResult): string {
  return content.map((block) => (block.type === "text" ? block.text : "")).join("");
}
