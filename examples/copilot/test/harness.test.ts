import type { Turn } from "harness-to-mcp/plugin";
import { describeHarness } from "harness-to-mcp/testing";
import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";
import { copilot } from "../src/index.ts";
import { hiddenFrom, sharedVariables } from "../src/shell.ts";

describeHarness(copilot, { install: { command: "/opt/bin/copilot", version: "1.0.102" } });

/** Whether the result of one tool is a failure, after the launcher has seen it. */
function failed(name: string, text: string): boolean {
  const turn: Turn = {
    id: "turn_1",
    api: "messages",
    model: "m",
    stream: true,
    conversation: "c",
    tools: [],
    skipped: [],
    results: [{ callId: "1", result: { content: [{ type: "text", text }] } }],
    prompts: [],
    raw: { messages: [{ role: "assistant", content: [{ type: "tool_use", id: "1", name }] }] },
  };
  return copilot.refine?.(turn).results[0]?.result.isError ?? false;
}

it("marks what failed", () => {
  const texts: [string, string][] = [
    ["bash", "before\n<shellId: 1 completed with exit code 3>"],
    ["bash", "Command not executed. The 'kill' command must specify a PID."],
    ["bash", 'Invalid input: "command": Required'],
    ["view", "Path /a/b does not exist. Please provide a valid path."],
    ["view", "Invalid view_range: start line (50) is beyond the end of the file."],
    ["create", "Path /a/b already exists as a file. Use `view` to check contents."],
    ["edit", "No match found: old_str not found in /a/b; no changes made"],
    ["grep", "Error: rg: regex parse error:\n  (\nerror: unclosed group"],
    ["glob", "Error: Search paths do not exist: /nowhere"],
    ["nonsense", "Tool 'nonsense' does not exist. Available tools are bash."],
  ];

  for (const [name, text] of texts) expect(failed(name, text), text).toBe(true);
});

it("marks nothing else", () => {
  const texts: [string, string][] = [
    ["bash", "Error: is what it prints\n<shellId: 1 completed with exit code 0>"],
    ["bash", "<shellId: 1 completed with exit code 3>\n<shellId: 1 completed with exit code 0>"],
    ["bash", "out\n<command with shellId: 3 is still running after 30 seconds. It goes on.>"],
    ["view", "Path /a/b does not exist. Please provide a valid path.\nsays the log"],
    ["view", "x\n<shellId: 1 completed with exit code 3>"],
    ["view", "Tool 'x' does not exist. "],
    ["create", "Created file /a/b with 23 characters"],
    ["edit", "File /a/b updated with changes."],
    ["grep", "No matches found."],
    ["glob", "./a.txt"],
  ];

  for (const [name, text] of texts) expect(failed(name, text), text).toBe(false);
});

it("gives commands the user's environment, and none of its own", () => {
  const users = sharedVariables({ XDG_CACHE_HOME: "/it's/mine", PATH: "/bin" });
  const script = hiddenFrom(["COPILOT_HOME", "BASH_ENV", "XDG_CACHE_HOME"], users);

  const command = `eval "$SCRIPT"; echo "$XDG_CACHE_HOME:\${COPILOT_HOME-none}:\${BASH_ENV-none}"`;
  const env = { PATH: process.env["PATH"], SCRIPT: script, COPILOT_HOME: "/x" };

  expect(execFileSync("sh", ["-c", command], { env, encoding: "utf8" })).toBe(
    "/it's/mine:none:none\n",
  );
});
