// The physical limit of two loopback POSTs. `node relay.mjs`: answers with the text; `node relay.mjs <url>`: asks that URL.
import { Agent, createServer, request } from "node:http";
import { textOf } from "./text.mjs";

const [behind] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true, maxSockets: 128 });

const server = createServer((incoming, outgoing) => {
  whole(incoming, (body) => {
    const answer = (text) => {
      outgoing.writeHead(200, {
        "content-type": "application/json",
        "content-length": text.length,
      });
      outgoing.end(text);
    };
    if (behind) ask(body, answer);
    else answer(Buffer.from(JSON.stringify(result(JSON.parse(body)))));
  });
});
server.keepAliveTimeout = 120_000;
server.listen(0, "127.0.0.1", () => process.send({ port: server.address().port }));

process.on("message", () =>
  process.send({ cpu: process.cpuUsage(), rss: process.memoryUsage.rss() }),
);
process.on("disconnect", () => process.exit());

function ask(body, answer) {
  const headers = { "content-type": "application/json", "content-length": body.length };
  request(behind, { agent, method: "POST", headers })
    .on("response", (response) => whole(response, answer))
    .end(body);
}

function whole(stream, then) {
  const chunks = [];
  stream.on("data", (chunk) => chunks.push(chunk));
  stream.on("end", () => then(Buffer.concat(chunks)));
}

function result({ id, params }) {
  const { mark, bytes } = params.arguments;
  return { jsonrpc: "2.0", id, result: { content: [{ type: "text", text: textOf(mark, bytes) }] } };
}
