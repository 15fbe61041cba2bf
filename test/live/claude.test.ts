import { describeLive } from "./suite.ts";

describeLive({
  harness: "claude",
  tools: [
    "Agent",
    "Bash",
    "Edit",
    "NotebookEdit",
    "Read",
    "TaskCreate",
    "WebFetch",
    "WebSearch",
    "Write",
  ],
  shell: (command) => ({ name: "Bash", arguments: { command, description: "a test" } }),
  write: (path, content) => ({ name: "Write", arguments: { file_path: path, content } }),
  read: (path) => ({ name: "Read", arguments: { file_path: path } }),
  edit: (path, from, to) => ({
    name: "Edit",
    arguments: { file_path: path, old_string: from, new_string: to },
  }),
  image: (path) => ({ name: "Read", arguments: { file_path: path } }),
  missingFile: { name: "Read", arguments: { file_path: "/no/such/file" } },
  missingArgument: { name: "Bash", arguments: {} },
  wrongType: { name: "Bash", arguments: { command: 7 } },
  subagent: {
    name: "Agent",
    arguments: { description: "a test", prompt: "say something", subagent_type: "general-purpose" },
  },
  output: (text) => text,
  cut: /Output too large/,
  keyInTools: false,
});
