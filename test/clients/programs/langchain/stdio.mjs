export const server = {
  transport: "stdio",
  command: "h2m",
  args: ["--stdio", "--no-config", "claude"],
};
