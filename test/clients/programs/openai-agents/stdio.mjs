import { MCPServerStdio } from "@openai/agents";

export const hands = (options) =>
  new MCPServerStdio({
    name: "hands",
    command: "h2m",
    args: ["--stdio", "--no-config", "claude"],
    clientSessionTimeoutSeconds: 60,
    ...options,
  });
