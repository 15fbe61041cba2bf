import { describe, expect, it } from "vitest";
import type { HarnessLauncher } from "../../src/plugin.ts";
import { fakeLauncher } from "../../src/testing.ts";
import { connected, serve } from "../helpers/server.ts";
import { until } from "../helpers/until.ts";

const TESTED = { oldest: "1.2.0", newest: "1.10.0" };

/** What is warned of when a harness of that version is used twice. */
async function warningsOf(version: string, more: Partial<HarnessLauncher> = {}) {
  const launcher = {
    ...fakeLauncher({ driver: true, headers: true }),
    tested: TESTED,
    detect: () => ({ command: process.execPath, version }),
    ...more,
  };
  const plugin = { name: "fake", harnesses: [launcher] };
  const h2m = await serve({ harnesses: ["fake"], plugins: [plugin] });
  const warnings: string[] = [];
  h2m.on("warning", ({ message }) => warnings.push(message));
  for (const path of ["", "/fake/another"]) {
    const client = await connected(h2m, path);
    expect(await client.text("echo", { text: path })).toBe(path);
  }
  return { h2m, warnings };
}

describe("a harness of a version that was not tested", () => {
  it.each(["1.11.0", "1.10.1", "2.0.0-beta.1"])(
    "is served, and told once: newer (%s)",
    async (version) => {
      const { warnings } = await warningsOf(version);

      expect(warnings).toEqual([
        expect.stringMatching(/^fake .* is newer than any that h2m was tested with \(1\.10\.0\)\./),
      ]);
      expect(warnings[0]).toContain(version);
    },
  );

  it("is served, and told once: older", async () => {
    const { warnings } = await warningsOf("1.1.9");

    expect(warnings).toEqual([
      expect.stringMatching(/^fake 1\.1\.9 is older than those that h2m supports \(from 1\.2\.0/),
    ]);
  });

  it.each(["1.2.0", "1.9.7", "1.10.0"])(
    "is not spoken of within the tested ones (%s)",
    async (version) => {
      const { warnings } = await warningsOf(version);

      expect(warnings).toEqual([]);
    },
  );
});

describe("a list that is known to lack tools", () => {
  it("is told to the log and to the session's clients, once for each reason", async () => {
    const incomplete = "some are held back";
    const notices: string[] = [];
    const { h2m, warnings } = await warningsOf("1.2.3", {
      refine: (turn) => ({ ...turn, incomplete }),
    });
    const session = h2m.sessions.open({ harness: "fake", name: "third" });
    session.on("notice", (message) => notices.push(message));
    await session.call("echo", { text: "x" });
    await session.call("echo", { text: "y" });

    const told =
      "The list of fake may lack tools: some are held back. What is not listed cannot be called.";
    await until("it was told", () => notices.length > 0);
    expect(notices).toEqual([told]);
    expect(warnings).toEqual([told, told, told]);
  });
});
