import { describe, expect, it } from "vitest";
import { messages } from "../../plugins/messages/index.ts";
import { Mapping } from "../../src/core/tools/mapping.ts";
import { Toolset } from "../../src/core/tools/toolset.ts";

const schema = { type: "object", properties: {} } as const;

/** As Claude Code 2.1.332 asks where it keeps tools back. */
const turn = messages.parse({
  model: "m",
  messages: [{ role: "user", content: "go" }],
  tools: [
    { name: "Read", description: "Reads.", input_schema: schema },
    { name: "DeferredToolPlaceholder", input_schema: schema, defer_loading: true },
    { name: "Write", input_schema: schema, defer_loading: false },
  ],
});

describe("a tool that the harness keeps back", () => {
  it("is not listed", () => {
    expect(turn.tools.map(({ name }) => name)).toEqual(["Read", "Write"]);
    expect(turn.skipped).toEqual([{ name: "DeferredToolPlaceholder", type: "deferred" }]);
  });

  it("cannot be called, and the error says why", async () => {
    const session = { id: "s", harness: "claude", attached: true };
    const mapping = new Mapping([], () => ({ session }));
    const toolset = new Toolset(mapping, () => {});
    toolset.update(turn);
    const { signal } = new AbortController();

    const called = toolset.call(
      { name: "DeferredToolPlaceholder", arguments: {} },
      { signal },
      () => Promise.reject(new Error("it went out")),
    );

    await expect(called).rejects.toThrow(/is kept back by the harness until a search/);
  });
});
