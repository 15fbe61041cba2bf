import { describe, expect, it } from "vitest";
import { resultsOf } from "../../plugins/chat-completions/results.ts";
import { forbidsOf } from "../../src/core/call/forbids.ts";
import { didYouMean, nearest } from "../../src/kit/did-you-mean.ts";
import { Steering } from "../../src/core/files/steering.ts";
import { allTools, fakeLauncher } from "../../src/testing.ts";
import { attached } from "../helpers/attached.ts";
import { connected, serve } from "../helpers/server.ts";
import { seen, tool } from "../helpers/toolset.ts";

/** What a thing takes, in ms: a machine may be busy, and what grows too fast takes minutes. */
async function took(act: () => unknown): Promise<number> {
  const from = performance.now();
  await act();
  return performance.now() - from;
}
const LONG = "x".repeat(400_000);

describe("names without measure", () => {
  it("are similar to none", async () => {
    expect(await took(() => nearest(LONG, [`${LONG}y`, "echo"]))).toBeLessThan(1_000);
    expect(nearest("ehco", [LONG, "echo"])).toBe("echo");
    expect(
      didYouMean(
        "eco",
        Array.from({ length: 5_000 }, (_, place) => `echo${place}`),
      ),
    ).toMatch(/echo99 and 4900 more\.$/);
  });

  it("of many tools that clash are told in a short time", async () => {
    const tools = Array.from({ length: 4_000 }, (_, place) => tool(`t${place}`));
    const { shown } = seen({}, [...tools, tool("same"), tool("same")]);

    const from = performance.now();
    expect(shown).toThrow("Two tools end with the name `same`: `same` and `same`.");
    expect(performance.now() - from).toBeLessThan(5_000);
  });

  it("belong to tools that are left out, with a word", async () => {
    const h2m = await serve({ tools: { exclude: ["*a*a*a*a*b"] } });
    const warnings: string[] = [];
    h2m.on("warning", ({ message }) => void warnings.push(message));
    const [echo] = allTools();
    const harness = attached(h2m, { tools: [{ ...echo!, name: "a".repeat(2_000) }, echo!] });
    await harness.turn();
    const client = await connected(h2m);

    const from = performance.now();
    const names = await client.names();

    expect(names).toEqual([echo!.name]);
    expect(performance.now() - from).toBeLessThan(3_000);
    expect(warnings).toEqual([
      "`*a*a*a*a*b` in `tools.exclude` matches no tool.",
      expect.stringContaining("may lack tools: one of them has a name of more than 256 characters"),
    ]);
  });

  it("of files are not looked for", async () => {
    const steering = new Steering({ files: () => [], folders: ["/state"], places: () => [] });
    const far = `/${"a/".repeat(200_000)}x`;
    const round = `/${"a/../".repeat(200_000)}state/x`;

    expect(await took(() => steering.refusal(far, ["/"]))).toBeLessThan(2_000);
    expect(steering.refusal(far, ["/"])).toBeUndefined();
    // A program that tidies it up first writes there.
    expect(steering.refusal(round, ["/"])).toContain("steers h2m");
  });

  it("of very many files are not taken in one call", () => {
    const steering = new Steering({ files: () => [], folders: [], places: () => [] });
    const paths = Array.from({ length: 5_000 }, (_, place) => `/tmp/${place}`);
    const forbids = forbidsOf([{ ...fakeLauncher(), writes: () => paths }], steering, "/tmp");

    expect(forbids?.({ name: "write", arguments: {} })).toBe(
      "The call names 5000 files. One call may write 500 at most: make several calls of it.",
    );
  });
});

it("a history with many steps is read in a time that grows with it, not with its square", async () => {
  const steps = Array.from({ length: 5_000 }, (_, place) => [
    { role: "assistant", tool_calls: [{ id: `${place}`, function: { name: "read" } }] },
    { role: "tool", tool_call_id: `${place}`, content: "x" },
  ]).flat();

  expect(await took(() => resultsOf(steps as never))).toBeLessThan(2_000);
});
