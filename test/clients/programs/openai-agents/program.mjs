import { getAllMcpTools, RunContext } from "@openai/agents";
import { answer, order, signal, thrown } from "./order.mjs";

const { hands } = await import(`./${order.transport}.mjs`);
const server = hands(order.limit ? { timeout: order.limit } : {});
await server.connect();

const tools = await getAllMcpTools([server]);
const tool = tools.find(({ name }) => name === order.tool);
const run = async () => tool.invoke(new RunContext(), JSON.stringify(order.arguments), { signal });
const result = await run().then(asMcp, thrown);
await server.close();

answer(
  tools.map(({ name }) => name),
  result,
);

/** What the tool gives its agent: a text, or blocks. */
function asMcp(output) {
  const blocks = Array.isArray(output) ? output : [output];
  return {
    content: blocks.map((block) => {
      if (typeof block === "string") return { type: "text", text: block };
      return block.type === "image" ? { type: "image", data: JSON.stringify(block) } : block;
    }),
  };
}
