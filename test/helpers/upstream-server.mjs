// Another MCP server, for tests: `node upstream-server.mjs [http]`. Over HTTP it prints its URL.
import { createServer } from "node:http";
import { Readable } from "node:stream";
import {
  createMcpHandler,
  inputRequired,
  inputResponse,
  Server,
} from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";

const [kind] = process.argv.slice(2);
if (process.env.FAULT === "exit") {
  console.error("no wood today");
  process.exit(3);
}
if (process.env.FAULT === "mute") setInterval(() => {}, 60_000);

const object = (properties = {}, required = Object.keys(properties)) => ({
  type: "object",
  properties,
  required,
});
const string = { type: "string" };
const text = (value, isError) => ({
  content: [{ type: "text", text: String(value) }],
  ...(isError ? { isError } : {}),
});
const tools = [
  {
    name: "echo",
    description: "Gives a text back.",
    inputSchema: object({ text: string }),
    annotations: { readOnlyHint: true },
  },
  {
    name: "sum",
    description: "Adds.",
    inputSchema: object({ a: { type: "number" }, b: { type: "number" } }),
    outputSchema: object({ sum: { type: "number" } }),
  },
  { name: "slow", description: "Takes its time.", inputSchema: object({ ms: { type: "number" } }) },
  { name: "image", description: "Draws.", inputSchema: object() },
  { name: "fail", description: "Fails.", inputSchema: object() },
  { name: "wrong", description: "Is no answer.", inputSchema: object() },
  { name: "ask", description: "Asks a person.", inputSchema: object() },
  { name: "sample", description: "Wants a model.", inputSchema: object() },
  { name: "die", description: "Ends the server.", inputSchema: object() },
  { name: "grow", description: "Adds a tool.", inputSchema: object() },
  { name: "variables", description: "Tells its environment.", inputSchema: object() },
];
const servers = new Set();
let handler;

function make() {
  const server = new Server(
    { name: "upstream", version: "1.0.0" },
    { capabilities: { tools: { listChanged: true }, prompts: {}, resources: {} } },
  );
  servers.add(server);
  server.setRequestHandler("tools/list", () => ({ tools }));
  server.setRequestHandler("prompts/list", () => ({
    prompts: [{ name: "greet", arguments: [{ name: "who", required: true }] }],
  }));
  server.setRequestHandler("prompts/get", ({ params }) => ({
    messages: [
      { role: "user", content: { type: "text", text: `Greet ${params.arguments?.who}.` } },
    ],
  }));
  server.setRequestHandler("resources/list", () => ({
    resources: [{ uri: "up://one", name: "one" }],
  }));
  server.setRequestHandler("resources/read", ({ params }) => ({
    contents: [{ uri: params.uri, text: `It is ${params.uri}.` }],
  }));
  server.setRequestHandler("tools/call", ({ params }, context) => call(server, params, context));
  return server;
}

async function call(server, { name, arguments: args = {} }, { mcpReq }) {
  const modern = (server.getNegotiatedProtocolVersion() ?? "") >= "2026";
  switch (name) {
    case "echo":
      return text(args.text);
    case "sum":
      return { ...text(args.a + args.b), structuredContent: { sum: args.a + args.b } };
    case "slow": {
      const progressToken = mcpReq._meta?.progressToken;
      if (progressToken !== undefined)
        await mcpReq.notify({
          method: "notifications/progress",
          params: { progressToken, progress: 1, total: 2, message: "half" },
        });
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, args.ms);
        mcpReq.signal.addEventListener("abort", () => {
          clearTimeout(timer);
          console.error("slow was cancelled");
          resolve();
        });
      });
      return text("late");
    }
    case "image":
      return {
        content: [
          { type: "image", data: "AAEC", mimeType: "image/png" },
          { type: "resource_link", uri: "up://one", name: "one" },
        ],
      };
    case "fail":
      return text("no wood today", true);
    case "wrong":
      throw new Error("wrong on purpose");
    case "ask": {
      const form = {
        mode: "form",
        message: "Which colour?",
        requestedSchema: object({ colour: string }),
      };
      if (!modern) {
        const { action, content } = await server.elicitInput(form);
        return text(`${action} ${content?.colour}`);
      }
      const given = inputResponse(mcpReq.inputResponses, "colour");
      if (given?.kind !== "elicit")
        return inputRequired({ inputRequests: { colour: inputRequired.elicit(form) } });
      return text(`${given.action} ${given.content?.colour}`);
    }
    case "sample": {
      const asked = server.createMessage({
        messages: [{ role: "user", content: { type: "text", text: "hi" } }],
        maxTokens: 1,
      });
      return asked.then(
        () => text("a model answered"),
        (error) => text(`refused: ${error.message}`, true),
      );
    }
    case "die":
      console.error("dying on purpose");
      process.exit(4);
    // eslint-disable-next-line no-fallthrough
    case "grow":
      if (tools.every((tool) => tool.name !== "grown"))
        tools.push({ name: "grown", description: "Has grown.", inputSchema: object() });
      handler?.notify.toolsChanged();
      for (const each of servers) await each.sendToolListChanged().catch(() => {});
      return text("grew");
    case "grown":
      return text("I have grown.");
    case "variables":
      return text(Object.keys(process.env).toSorted().join(" "));
    default:
      return text(`there is no ${name}`, true);
  }
}

if (process.env.FAULT !== "mute") {
  if (kind === "http") {
    handler = createMcpHandler(make);
    const server = createServer(async (request, response) => {
      if (process.env.SECRET && request.headers.authorization !== `Bearer ${process.env.SECRET}`) {
        response.writeHead(401).end("no");
        return;
      }
      const body = ["GET", "HEAD"].includes(request.method) ? undefined : Readable.toWeb(request);
      const answer = await handler.fetch(
        new Request(`http://${request.headers.host}${request.url}`, {
          method: request.method,
          headers: request.headers,
          body,
          duplex: "half",
        }),
      );
      response.writeHead(answer.status, Object.fromEntries(answer.headers));
      if (answer.body) for await (const chunk of answer.body) response.write(chunk);
      response.end();
    });
    server.listen(0, "127.0.0.1", () =>
      console.log(`http://127.0.0.1:${server.address().port}/mcp`),
    );
  } else serveStdio(make);
}
