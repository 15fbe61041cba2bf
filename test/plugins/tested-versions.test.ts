import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { claude } from "../../plugins/claude/index.ts";
import { codex } from "../../plugins/codex/index.ts";
import { opencode } from "../../plugins/opencode/index.ts";
import { HARNESSES, VERSIONS } from "../live/programs.mjs";

const LAUNCHERS = { claude, codex, opencode };

describe("the versions that were tested", () => {
  it.each(Object.entries(LAUNCHERS))("are those of the live tests: %s", (name, { tested }) => {
    const { oldest, newest } = VERSIONS[name]!;

    expect(tested).toEqual({ oldest, newest });
  });

  it("are those of all harnesses", () => {
    expect(HARNESSES.toSorted()).toEqual(Object.keys(LAUNCHERS).toSorted());
  });

  it.each(Object.entries(VERSIONS))(
    "stand in the docs: %s",
    async (name, { newest, oldest, changed }) => {
      const page = await readFile("docs/2.harnesses/4.versions.md", "utf8");

      const [row = ""] = page.split("\n").filter((line) => line.startsWith(`| ${name} `));
      expect(row.split("|").map((cell) => cell.trim())).toEqual(["", name, newest, oldest, ""]);
      for (const [version, what] of Object.entries(changed))
        expect(page).toContain(`${version}: ${what}`);
    },
  );
});
