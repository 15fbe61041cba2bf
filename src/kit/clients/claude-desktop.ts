import { join } from "node:path";
import { appFolder, type Client, filled } from "./client.ts";

/**
 * Claude Desktop, by the MCP quickstart for users and what servers tell their users of it, of 2026-10-27. Its file has programs
 * alone: an entry with a URL is skipped (anthropics/claude-ai-mcp#120).
 */
export const claudeDesktop: Client = {
  name: "claude-desktop",
  title: "Claude Desktop",
  format: "json",
  key: ["mcpServers"],
  app: true,
  files: (scope, place) =>
    scope === "project"
      ? "Claude Desktop knows no projects with MCP servers of their own"
      : [join(appFolder(place), "Claude", "claude_desktop_config.json")],
  stdio: ({ command, args, env }) => ({ command, args, ...filled("env", env) }),
  http: "The file of Claude Desktop takes only servers that it starts itself",
  needsVariable: () => false,
  next: "Restart it.",
};
