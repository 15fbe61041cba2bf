import { describeRealHarness } from "harness-to-mcp/testing";
import plugin from "../src/index.ts";

describeRealHarness({
  harness: "pi",
  plugins: [plugin],
  tools: ["bash", "edit", "read", "write"],
  shell: (command) => ({ name: "bash", arguments: { command } }),
  write: (path, content) => ({ name: "write", arguments: { path, content } }),
  read: (path) => ({ name: "read", arguments: { path } }),
  edit: (path, oldText, newText) => ({
    name: "edit",
    arguments: { path, edits: [{ oldText, newText }] },
  }),
});
