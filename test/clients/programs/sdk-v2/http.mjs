import { StreamableHTTPClientTransport } from "@modelcontextprotocol/client";

export const transport = new StreamableHTTPClientTransport(new URL("http://127.0.0.1:9330/mcp"), {
  requestInit: { headers: { Authorization: `Bearer ${process.env.H2M_TOKEN}` } },
});
