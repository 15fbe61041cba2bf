// An MCP server on stdin and stdout whose tool `ask` asks the client's person, and tells what was answered.
import { createInterface } from "node:readline";

const send = (message) =>
  process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
const text = (value) => ({ content: [{ type: "text", text: value }] });
const SCHEMA = { type: "object", properties: {} };
const TOOLS = [
  { name: "ask", description: "Asks for a colour and says it.", inputSchema: SCHEMA },
  { name: "plain", description: "Says hello and asks nobody.", inputSchema: SCHEMA },
];
const QUESTION = {
  message: "Which colour?",
  requestedSchema: {
    type: "object",
    properties: { colour: { type: "string" } },
    required: ["colour"],
  },
};

let canAsk = false;
let asked = 0;
/** By the id of our question: the id of the call. */
const waiting = new Map();

createInterface({ input: process.stdin }).on("line", (line) => {
  const { id, method, params, result, error } = JSON.parse(line);
  if (method === undefined) {
    const answer = error ? `error ${error.message}` : result.action;
    return send({ id: waiting.get(id), result: text(`answered: ${answer}`) });
  }
  if (method === "initialize") {
    canAsk = params.capabilities.elicitation !== undefined;
    const { protocolVersion } = params;
    const serverInfo = { name: "asker", version: "1" };
    return send({ id, result: { protocolVersion, capabilities: { tools: {} }, serverInfo } });
  }
  if (method === "tools/list") return send({ id, result: { tools: TOOLS } });
  if (method === "tools/call" && params.name === "plain")
    return send({ id, result: text("hello") });
  if (method === "tools/call" && !canAsk)
    return send({ id, result: text("answered: it cannot ask") });
  if (method === "tools/call") {
    const question = `question-${++asked}`;
    waiting.set(question, id);
    return send({ id: question, method: "elicitation/create", params: QUESTION });
  }
  if (id !== undefined) send({ id, error: { code: -32601, message: "There is no such method." } });
});
