import { describe, expect, it } from "vitest";
import { help } from "../src/cli/commands/help.ts";
import { readInvocation, SUBCOMMANDS } from "../src/cli/input/invocation.ts";
import { HELP_TOPICS, USAGE } from "../src/cli/input/usage.ts";
import { failure } from "./helpers/until.ts";

describe("h2m help", () => {
  it("is what `--help` prints", () => {
    expect(help([])).toBe(USAGE);
    for (const args of [["help"], ["--help"], ["-h", "claude"]])
      expect(readInvocation(args)).toMatchObject({ command: "help", words: [] });
  });

  it.each(SUBCOMMANDS)("tells more about %s, as does `--help` after it", (name) => {
    for (const args of [
      ["help", name],
      [name, "--help"],
    ]) {
      const { command, words } = readInvocation(args);
      expect(command).toBe("help");
      expect(help(name === "help" ? [name] : words)).toMatch(new RegExp(`^Usage:\n  h2m ${name}`));
    }
    expect(HELP_TOPICS).toContain(name);
  });

  it("names the flags of a command, and no others", () => {
    expect(help(["call"])).toContain("--yes");
    expect(help(["call"])).toContain("@FILE");
    expect(help(["call"])).not.toContain("--plugin");
    expect(help(["init"])).not.toContain("--port");
    expect(readInvocation(["--stdio", "--help"])).toMatchObject({ words: ["stdio"] });
  });

  it("says which commands there are", async () => {
    for (const words of [["calls"], ["call", "calls"]])
      expect(await failure(Promise.resolve().then(() => help(words)))).toMatchObject({
        code: "bad-usage",
        hint: expect.stringContaining("Did you mean `call`?"),
      });
  });
});
