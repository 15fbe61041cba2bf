import { describeRealHarness } from "harness-to-mcp/testing";
import plugin from "../src/index.ts";

describeRealHarness({
  harness: "gemini",
  plugins: [plugin],
  tools: ["glob", "grep_search", "read_file", "replace", "run_shell_command", "write_file"],
  shell: (command) => ({ name: "run_shell_command", arguments: { command } }),
  write: (path, content) => ({ name: "write_file", arguments: { file_path: path, content } }),
  read: (path) => ({ name: "read_file", arguments: { file_path: path } }),
  edit: (path, from, to) => ({
    name: "replace",
    arguments: { file_path: path, instruction: "As said.", old_string: from, new_string: to },
  }),
  leaves: /^gemini-shell-/,
  output: (text) => text.replace(/^Output: /, "").replace(/\nProcess Group PGID: \d+$/, ""),
});
