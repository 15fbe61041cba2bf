import type { Turn } from "harness-to-mcp/plugin";
import { describeHarness } from "harness-to-mcp/testing";
import { expect, it } from "vitest";
import { qwen } from "../src/index.ts";

describeHarness(qwen, { install: { command: "/opt/bin/qwen", version: "0.15.10" } });

/** The result of one tool, as the adapter reads it, after the launcher has seen it. */
function refined(name: string, text: string) {
  const turn: Turn = {
    id: "turn_1",
    api: "chat-completions",
    model: "m",
    stream: true,
    conversation: "c",
    tools: [],
    skipped: [],
    results: [{ callId: "1", result: { content: [{ type: "text", text }] } }],
    prompts: [],
    raw: { messages: [{ role: "assistant", tool_calls: [{ id: "1", function: { name } }] }] },
  };
  const result = qwen.refine?.(turn).results[0]?.result;
  const [first] = result?.content ?? [];
  return { text: first?.type === "text" ? first.text : "", isError: result?.isError ?? false };
}
const shell = (text: string) => refined("run_shell_command", text);
const ran = (output: string, error = "(none)", code = "0", signal = "(none)") =>
  `Command: x\nDirectory: (root)\nOutput: ${output}\nError: ${error}\nExit Code: ${code}\nSignal: ${signal}\nProcess Group PGID: (none)`;

it("marks a command that failed, was ended, or did not run", () => {
  const failed = [
    ran("some\nlines", "(none)", "3"),
    ran("(empty)", "(none)", "(none)", "9"),
    ran("(empty)", "spawn bash ENOENT", "(none)"),
    "Command timed out after 1000ms before it could complete. There was no output before it timed out.",
    "Blocked: standalone sleep 5.",
    `Blocked: no${ran("x")} end`,
  ];

  for (const text of failed) expect(shell(text)).toEqual({ text, isError: true });
});

it("marks no command that went well, whatever it printed", () => {
  const well = [
    ran("fine"),
    ran("(empty)"),
    ran("Exit Code: 3\nSignal: 9"),
    ran(ran("x", "(none)", "1")),
    "Background shell started.\nid: bg_1\npid: 7",
  ];

  for (const text of well) expect(shell(text)).toEqual({ text, isError: false });
});

it("takes off the advice after a long command, and no such line of the command's own", () => {
  const advice = "\n\nNote: this foreground command ran for 75s. Next time you know.";

  expect(shell(`${ran("x")}${advice}`)).toEqual({ text: ran("x"), isError: false });
  expect(shell(`${ran("x", "(none)", "2")}${advice}`).isError).toBe(true);
  expect(shell(ran(`x${advice}`)).text).toBe(ran(`x${advice}`));
});

it("marks what the file tools could not do", () => {
  const failed = {
    read_file: "File not found: /a/b.txt",
    edit: "Failed to edit, 0 occurrences found for old_string in /a/b.txt.",
    write_file: "File /a/b.txt has not been read in this session.",
    list_directory: "Error listing directory: ENOENT",
    grep_search: "Invalid regular expression pattern: (.",
    glob: "Error during glob search operation: x",
  };

  for (const [name, text] of Object.entries(failed))
    expect(refined(name, text)).toEqual({ text, isError: true });
});

it("marks nothing else", () => {
  const well: [string, string][] = [
    ["read_file", "File not found: /a/b.txt\nis what the log says"],
    ["read_file", ran("x", "(none)", "3")],
    ["edit", "The file: /a/b.txt has been updated."],
    ["edit", "Created new file: /a/b.txt with provided content."],
    ["write_file", "Successfully created and wrote to new file: /a/b.txt."],
    ["write_file", "Successfully overwrote file: /a/b.txt."],
    ["list_directory", "Directory /a is empty."],
    ["list_directory", "Listed 2 item(s) in /a:\n---\nb\nc"],
    ["grep_search", 'No matches found for pattern "x" in the workspace directory.'],
    ["glob", 'Found 1 file(s) matching "*" in the workspace directory'],
    ["todo_write", "Anything at all"],
  ];

  for (const [name, text] of well) expect(refined(name, text)).toEqual({ text, isError: false });
});
