import { MCPServerStreamableHttp } from "@openai/agents";

export const hands = (options) =>
  new MCPServerStreamableHttp({
    name: "hands",
    url: "http://127.0.0.1:9330/mcp",
    requestInit: { headers: { Authorization: `Bearer ${process.env.H2M_TOKEN}` } },
    clientSessionTimeoutSeconds: 60,
    ...options,
  });
