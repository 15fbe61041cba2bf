import { createMCPClient, ElicitationRequestSchema } from "@ai-sdk/mcp";
import { answer, order, person, signal, thrown } from "./order.mjs";

const { transport } = await import(`./${order.transport}.mjs`);
const client = await createMCPClient({ transport, capabilities: { elicitation: {} } });
client.onElicitationRequest(ElicitationRequestSchema, person);

const tools = await client.tools();
const limits = order.limit ? [signal, AbortSignal.timeout(order.limit)] : [signal];
const options = { toolCallId: "1", messages: [], abortSignal: AbortSignal.any(limits) };
const run = async () => tools[order.tool].execute(order.arguments, options);
const result = await run().catch(thrown);
await client.close();

answer(Object.keys(tools), result);
