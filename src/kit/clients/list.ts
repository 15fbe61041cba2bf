import type { Client } from "./client.ts";
import { claude } from "./claude.ts";
import { claudeDesktop } from "./claude-desktop.ts";
import { codex } from "./codex.ts";
import { copilot } from "./copilot.ts";
import { cursor } from "./cursor.ts";
import { gemini, qwen } from "./gemini.ts";
import { opencode } from "./opencode.ts";
import { vscode } from "./vscode.ts";
import { windsurf } from "./windsurf.ts";

/** The MCP clients whose files `h2m setup` knows. */
export const MCP_CLIENTS: readonly Client[] = [
  claude,
  codex,
  opencode,
  gemini,
  qwen,
  copilot,
  cursor,
  vscode,
  windsurf,
  claudeDesktop,
];
