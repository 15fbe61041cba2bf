import { describe, expect, it } from "vitest";
import { claude } from "../../plugins/claude/index.ts";
import { codex } from "../../plugins/codex/index.ts";
import { opencode } from "../../plugins/opencode/index.ts";

/** What the real programs list (claude 2.1.197, codex 0.169.0, opencode 1.18.33); the live suites look for more. */
const LISTED = {
  claude: {
    launcher: claude,
    reads: "CronList Read ReportFindings TaskGet TaskList TaskOutput WebFetch WebSearch",
    changes:
      "Agent Bash CronCreate CronDelete Edit EnterWorktree ExitWorktree NotebookEdit ScheduleWakeup SendMessage Skill TaskCreate TaskStop TaskUpdate Workflow Write",
    open: "Agent Bash Skill WebFetch WebSearch Workflow",
  },
  codex: {
    launcher: codex,
    reads: "request_user_input view_image multi_agent_v1_wait_agent",
    changes:
      "exec_command write_stdin apply_patch multi_agent_v1_close_agent multi_agent_v1_resume_agent multi_agent_v1_send_input multi_agent_v1_spawn_agent",
    open: "exec_command write_stdin multi_agent_v1_spawn_agent multi_agent_v1_send_input",
  },
  opencode: {
    launcher: opencode,
    reads: "glob grep read skill webfetch",
    changes: "bash edit task todowrite write",
    open: "bash task webfetch",
  },
};

describe.each(Object.entries(LISTED))("the annotations of %s", (_, { launcher, ...listed }) => {
  const annotations = launcher.annotations ?? {};
  const reads = listed.reads.split(" ");
  const all = [...reads, ...listed.changes.split(" ")];

  it("say of each listed tool whether it only reads, and whether it reaches out", () => {
    const found = all.map((name) => [name, annotations[name]] as const);

    expect(found.filter(([, own]) => own?.readOnlyHint).map(([name]) => name)).toEqual(reads);
    expect(
      found
        .filter(([, own]) => own?.openWorldHint !== false)
        .map(([name]) => name)
        .toSorted(),
    ).toEqual(listed.open.split(" ").toSorted());
  });

  it("are complete, and contradict themselves nowhere", () => {
    for (const own of Object.values(annotations)) {
      expect(own).toEqual({
        title: expect.stringMatching(/^[A-Z]/),
        readOnlyHint: expect.any(Boolean),
        destructiveHint: expect.any(Boolean),
        idempotentHint: expect.any(Boolean),
        openWorldHint: expect.any(Boolean),
      });
      if (own.readOnlyHint)
        expect(own).toMatchObject({ destructiveHint: false, idempotentHint: true });
    }
  });
});
