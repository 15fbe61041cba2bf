import { describeLive } from "./suite.ts";

const patch = (...lines: string[]) => ({
  name: "apply_patch",
  arguments: { input: ["*** Begin Patch", ...lines, "*** End Patch", ""].join("\n") },
});

describeLive({
  harness: "codex",
  tools: [
    "exec_command",
    "write_stdin",
    "apply_patch",
    "view_image",
    "multi_agent_v1_spawn_agent",
    "multi_agent_v1_wait_agent",
  ],
  // The default yield is 10 s; a command that ends sooner is answered at its end.
  shell: (cmd) => ({ name: "exec_command", arguments: { cmd, yield_time_ms: 20_000 } }),
  write: (path, text) =>
    patch(
      `*** Add File: ${path}`,
      ...text
        .trimEnd()
        .split("\n")
        .map((line) => `+${line}`),
    ),
  read: (path) => ({ name: "exec_command", arguments: { cmd: `cat '${path}'` } }),
  edit: (path, from, to) => patch(`*** Update File: ${path}`, "@@", `-${from} line`, `+${to} line`),
  image: (path) => ({ name: "view_image", arguments: { path } }),
  missingFile: { name: "view_image", arguments: { path: "/no/such/file.png" } },
  missingArgument: { name: "exec_command", arguments: {} },
  wrongType: { name: "exec_command", arguments: { cmd: 7 } },
  subagent: { name: "multi_agent_v1_spawn_agent", arguments: { message: "say something" } },
  output: (text) => text.replace(/^[\s\S]*?\nOutput:\n/, ""),
  // Codex cuts it for a model; its item has it whole.
  cut: /\n1\n2\n[\s\S]*\n33999\n34000\n$/,
  keyInTools: false,
});
