import { describe, expect, it } from "vitest";
import { outgoing } from "../../plugins/claude/outgoing.ts";

const NONE_BEHIND = { CLAUDE_CODE_DISABLE_BACKGROUND_TASKS: "1" };
const agent = { id: "c1", name: "Agent", arguments: { prompt: "say" } };

describe("an agent's call", () => {
  it.each<[string, string | undefined, object, Record<string, string>]>([
    ["a version that nobody knows", undefined, {}, {}],
    ["a variable that the config takes away", "2.1.332", unset(), NONE_BEHIND],
  ])("is waited for: %s", (_what, version, options, own) => {
    const install = { command: "/bin/claude", version };

    expect(outgoing(agent, { install, options }, own).arguments).toEqual({
      prompt: "say",
      run_in_background: false,
    });
  });

  it.each<[string, object, Record<string, string>]>([
    ["the user's environment", {}, NONE_BEHIND],
    ["the config's", { env: NONE_BEHIND }, {}],
  ])("has no word of the background where %s knows none", (_whose, options, own) => {
    const install = { command: "/bin/claude", version: "2.1.332" };

    expect(outgoing(agent, { install, options }, own)).toEqual(agent);
  });
});

function unset(): object {
  return { env: { CLAUDE_CODE_DISABLE_BACKGROUND_TASKS: undefined } };
}
