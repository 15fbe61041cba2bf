import { describe, expect, it } from "vitest";
import { Conversation } from "../../src/core/channel/conversation.ts";
import { RootRule } from "../../src/core/channel/root-rule.ts";
import type { Turn } from "../../src/types/turn.ts";

const turn: Turn = {
  id: "t",
  api: "messages",
  model: "m",
  stream: true,
  conversation: "key",
  tools: [],
  skipped: [],
  results: [],
  prompts: [],
  raw: {},
};

describe("whose turn it is", () => {
  const root = new Conversation(() => {});

  it("is the root's that the driver bound, and nobody else's", () => {
    const rule = new RootRule();
    rule.bind("one");

    expect(rule.isRoot(turn, { conversation: "one" }, root, false)).toBe(true);
    expect(rule.isRoot(turn, { conversation: "two" }, root, false)).toBe(false);
    expect(rule.isOurs({ conversation: "one" })).toBe(true);
    expect(rule.isOurs({ conversation: "two" })).toBe(false);
  });

  it("is not the bound root's if it says nothing of itself, as a script that has the key", () => {
    const rule = new RootRule();
    expect(rule.isRoot(turn, undefined, root, false)).toBe(true);
    expect(rule.isOurs(undefined)).toBe(true);

    rule.bind("one");

    expect(rule.isRoot(turn, undefined, root, false)).toBe(false);
    expect(rule.isOurs(undefined)).toBe(false);
  });
});
