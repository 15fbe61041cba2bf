import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** `claude mcp serve`, the MCP server that Claude Code itself brings: its own process, over stdio, results as JSON texts. */
export async function startIncumbent(cwd) {
  const home = await mkdtemp(join(tmpdir(), "h2m-bench-"));
  const child = spawn("claude", ["mcp", "serve"], {
    cwd,
    // Without the last it leaves a folder in the temporary one.
    env: { ...process.env, CLAUDE_CONFIG_DIR: home, CLAUDE_CODE_TMPDIR: home },
    stdio: ["pipe", "pipe", "ignore"],
  });
  const exit = once(child, "exit");
  const waiting = new Map();
  let next = 1;
  createInterface({ input: child.stdout }).on("line", (line) => {
    const { id, result, error } = JSON.parse(line);
    const wait = waiting.get(id);
    waiting.delete(id);
    if (error) wait?.reject(new Error(error.message));
    else wait?.resolve(result);
  });
  child.on("exit", (code) => {
    for (const { reject } of waiting.values())
      reject(new Error(`\`claude mcp serve\` ended with code ${code}.`));
  });
  const write = (message) =>
    child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  const ask = (method, params) =>
    new Promise((resolve, reject) => {
      waiting.set(next, { resolve, reject });
      write({ id: next++, method, params });
    });
  const started = performance.now();
  await ask("initialize", {
    protocolVersion: "2025-06-18",
    capabilities: {},
    clientInfo: { name: "bench", version: "1" },
  });
  write({ method: "notifications/initialized" });
  await ask("tools/list", {});
  return {
    first: performance.now() - started,
    tool: (name, args) => ask("tools/call", { name, arguments: args }),
    stop: async () => {
      child.kill();
      await exit;
      await rm(home, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}
