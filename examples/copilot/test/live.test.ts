import { describeRealHarness } from "harness-to-mcp/testing";
import plugin from "../src/index.ts";

describeRealHarness({
  harness: "copilot",
  plugins: [plugin],
  tools: ["bash", "create", "edit", "glob", "grep", "view"],
  shell: (command) => ({ name: "bash", arguments: { command, description: "A test." } }),
  write: (path, text) => ({ name: "create", arguments: { path, file_text: text } }),
  read: (path) => ({ name: "view", arguments: { path } }),
  edit: (path, from, to) => ({ name: "edit", arguments: { path, old_str: from, new_str: to } }),
  output: (text) => text.replace(/\n?<shellId: \S+ completed with exit code -?\d+>$/, ""),
  images: false,
});
