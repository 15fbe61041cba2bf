import { Experimental_StdioMCPTransport as StdioTransport } from "@ai-sdk/mcp/mcp-stdio";

export const transport = new StdioTransport({
  command: "h2m",
  args: ["--stdio", "--no-config", "claude"],
});
