import { Client } from "@modelcontextprotocol/client";
import { answer, order, person, signal, thrown } from "./order.mjs";

const { transport } = await import(`./${order.transport}.mjs`);
const client = new Client(
  { name: "my-program", version: "1.0.0" },
  { capabilities: { elicitation: { form: {} } }, versionNegotiation: { mode: "auto" } },
);
client.setRequestHandler("elicitation/create", person);
await client.connect(transport);

const { tools } = await client.listTools();
const { tool: name, arguments: args, limit: timeout } = order;
const options = { signal, ...(timeout ? { timeout } : {}) };
const result = await client.callTool({ name, arguments: args }, options).catch(thrown);
await client.close();

answer(
  tools.map((tool) => tool.name),
  result,
);
