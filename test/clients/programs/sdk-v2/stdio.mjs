import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";

export const transport = new StdioClientTransport({
  command: "h2m",
  args: ["--stdio", "--no-config", "claude"],
});
