import { describeRealHarness } from "harness-to-mcp/testing";
import plugin from "../src/index.ts";

describeRealHarness({
  harness: "qwen",
  plugins: [plugin],
  tools: [
    "edit",
    "glob",
    "grep_search",
    "list_directory",
    "read_file",
    "run_shell_command",
    "write_file",
  ],
  // Qwen Code refuses a command that begins with a long `sleep`.
  shell: (command) => ({ name: "run_shell_command", arguments: { command: `true; ${command}` } }),
  write: (path, content) => ({ name: "write_file", arguments: { file_path: path, content } }),
  read: (path) => ({ name: "read_file", arguments: { file_path: path } }),
  edit: (path, from, to) => ({
    name: "edit",
    arguments: { file_path: path, old_string: from, new_string: to },
  }),
  output: (text) =>
    text.replace(/^.*?\nOutput: /s, "").replace(/\nError: [^\n]*\nExit Code: .*$/s, ""),
  parallel: false,
});
