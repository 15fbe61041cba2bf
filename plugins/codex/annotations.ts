import { changes, doesAnything, reads, type ToolAnnotations } from "../../src/plugin.ts";

/** The tools of Codex 0.169.0, also those that `--enable goals` adds. */
export const annotations: Readonly<Record<string, ToolAnnotations>> = {
  exec_command: doesAnything("Shell"),
  // It types into a running command.
  write_stdin: doesAnything("Input of a running command"),
  request_user_input: reads("Ask the user"),
  apply_patch: changes("Patch files", { destructive: true }),
  view_image: reads("View an image"),

  multi_agent_v1_spawn_agent: doesAnything("Start an agent"),
  multi_agent_v1_send_input: doesAnything("Instruct an agent"),
  multi_agent_v1_resume_agent: changes("Reopen an agent", { idempotent: true }),
  multi_agent_v1_wait_agent: reads("Wait for agents"),
  multi_agent_v1_close_agent: changes("Close an agent", { destructive: true, idempotent: true }),

  get_goal: reads("Show the goal"),
  create_goal: changes("Set a goal"),
  update_goal: changes("Change the goal", { destructive: true, idempotent: true }),
};
