import { MultiServerMCPClient } from "@langchain/mcp-adapters";
import { answer, order, signal, thrown } from "./order.mjs";

const { server } = await import(`./${order.transport}.mjs`);
const client = new MultiServerMCPClient({ hands: server });

const tools = await client.getTools();
const tool = tools.find(({ name }) => name === order.tool);
const options = { signal, ...(order.limit ? { timeout: order.limit } : {}) };
// A model's call: its result is a message for the model.
const call = { type: "tool_call", id: "1", name: order.tool, args: order.arguments };
const result = await tool.invoke(call, options).then(asMcp, thrown);
await client.close();

answer(
  tools.map(({ name }) => name),
  result,
);

/** The message's content, as MCP would have it. */
function asMcp({ content, status }) {
  const blocks = typeof content === "string" ? [{ type: "text", text: content }] : content;
  return {
    content: blocks.map((block) =>
      block.type === "image_url"
        ? { type: "image", data: block.image_url.url.replace(/^data:[^,]*,/, "") }
        : block,
    ),
    isError: status === "error",
  };
}
