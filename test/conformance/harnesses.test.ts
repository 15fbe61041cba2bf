import { claude } from "../../plugins/claude/index.ts";
import { codex } from "../../plugins/codex/index.ts";
import { opencode } from "../../plugins/opencode/index.ts";
import { describeHarness, fakeLauncher } from "../../src/testing.ts";

const install = { command: "/opt/bin/program", version: "1.2.3" };

describeHarness(claude, {
  install,
  headers: {
    root: { "x-claude-code-session-id": "s" },
    subagent: { "x-claude-code-session-id": "s", "x-claude-code-agent-id": "a" },
  },
});
describeHarness(codex, {
  install: { ...install, facts: { model: { slug: "h2m" } } },
  key: "seat",
  headers: {
    root: { "thread-id": "one", "user-agent": "codex_cli/1" },
    subagent: { "thread-id": "two", "x-openai-subagent": "collab_spawn" },
  },
});
describeHarness(opencode, {
  install,
  headers: {
    root: { "user-agent": "opencode/1.18", "x-session-id": "ses_1" },
    subagent: {
      "user-agent": "opencode/1.18",
      "x-session-id": "ses_2",
      "x-parent-session-id": "ses_1",
    },
  },
});
describeHarness(fakeLauncher(), {
  install,
  headers: {
    root: { "x-fake-conversation": "one" },
    subagent: { "x-fake-conversation": "two", "x-fake-agent": "two" },
  },
});
