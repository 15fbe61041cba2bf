import { describeLive } from "./suite.ts";

describeLive({
  harness: "opencode",
  tools: ["bash", "read", "edit", "write", "glob", "grep", "task", "todowrite", "webfetch"],
  shell: (command) => ({ name: "bash", arguments: { command, description: "a test" } }),
  write: (path, content) => ({ name: "write", arguments: { filePath: path, content } }),
  read: (path) => ({ name: "read", arguments: { filePath: path } }),
  edit: (path, from, to) => ({
    name: "edit",
    arguments: { filePath: path, oldString: from, newString: to },
  }),
  image: (path) => ({ name: "read", arguments: { filePath: path } }),
  missingFile: { name: "read", arguments: { filePath: "/no/such/file" } },
  missingArgument: { name: "bash", arguments: {} },
  wrongType: { name: "bash", arguments: { command: 7, description: "a test" } },
  subagent: {
    name: "task",
    arguments: { description: "a test", prompt: "say something", subagent_type: "general" },
  },
  output: (text) => text,
  cut: /output truncated/,
  kept: /^Full output saved to: (\S+)$/m,
  keyInTools: false,
});
