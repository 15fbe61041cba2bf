import { describeRealHarness } from "harness-to-mcp/testing";
import plugin from "../src/index.ts";

describeRealHarness({
  harness: "cline",
  plugins: [plugin],
  tools: ["editor", "read_files", "run_commands", "search_codebase"],
  shell: (command) => ({ name: "run_commands", arguments: { commands: [command] } }),
  write: (path, text) => ({ name: "editor", arguments: { path, new_text: text } }),
  read: (path) => ({ name: "read_files", arguments: { files: [{ path }] } }),
  edit: (path, from, to) => ({
    name: "editor",
    arguments: { path, old_text: from, new_text: to },
  }),
  output: (text) => (JSON.parse(text) as { result: string }[]).map(({ result }) => result).join(""),
  parallel: false,
});
