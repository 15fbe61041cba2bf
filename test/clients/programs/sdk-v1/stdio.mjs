import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";

export const transport = new StdioClientTransport({
  command: "h2m",
  args: ["--stdio", "--no-config", "claude"],
});
