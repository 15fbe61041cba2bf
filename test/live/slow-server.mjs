// An MCP server on stdin and stdout with one tool, `hello`, that answers `initialize` after so many ms; without a number: never.
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";

const ms = process.argv[2];
const TOOL = {
  name: "hello",
  description: "Says hello.",
  inputSchema: { type: "object", properties: {} },
};
const ANSWERS = {
  initialize: ({ protocolVersion }) => ({
    protocolVersion,
    capabilities: { tools: {} },
    serverInfo: { name: "slow", version: "1" },
  }),
  "tools/list": () => ({ tools: [TOOL] }),
  "tools/call": () => ({ content: [{ type: "text", text: "hello at last" }] }),
};

createInterface({ input: process.stdin }).on("line", async (line) => {
  const { id, method, params } = JSON.parse(line);
  if (method === "initialize" && ms === undefined) return;
  if (method === "initialize") await sleep(Number(ms));
  if (id === undefined) return;
  const result = ANSWERS[method]?.(params);
  const error = { code: -32601, message: "There is no such method." };
  process.stdout.write(
    `${JSON.stringify({ jsonrpc: "2.0", id, ...(result ? { result } : { error }) })}\n`,
  );
});
