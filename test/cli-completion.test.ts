import { spawnSync } from "node:child_process";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { completion, FIRST, scriptFor } from "../src/cli/commands/completion.ts";
import { OPTIONS } from "../src/cli/input/invocation.ts";
import { harnessNames } from "../src/built-in.ts";
import { failure } from "./helpers/until.ts";

/** What a shell offers for the last of these words. */
function offered(...words: string[]): string[] {
  const script = `${scriptFor("bash")}
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
    _h2m
    printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr, status } = spawnSync("bash", ["--norc", "-c", script, "bash", ...words], {
    encoding: "utf8",
    cwd: import.meta.dirname,
  });
  expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
  return stdout.split("\n").filter((line) => line !== "");
}

const has = (program: string) => spawnSync(program, ["--version"]).status === 0;

describe.skipIf(!has("bash"))("the completion for bash", () => {
  it("offers commands and harnesses first, then harnesses, and flags after a dash", () => {
    expect(offered("h2m", "")).toEqual([...FIRST, ...harnessNames()]);
    expect(offered("/usr/bin/h2m", "cl")).toEqual(["claude"]);
    expect(offered("harness-to-mcp", "tools", "co")).toEqual(["codex"]);
    expect(offered("h2m", "--")).toEqual(Object.keys(OPTIONS).map((name) => `--${name}`));
    expect(offered("h2m", "tools", "--no-")).toEqual(["--no-config", "--no-auth"]);
  });

  it("offers the values of a flag", () => {
    expect(offered("h2m", "--log-level", "w")).toEqual(["warn"]);
    expect(offered("h2m", "--profile", "")).toEqual(["readonly", "full"]);
    expect(offered("h2m", "--port", "")).toEqual([]);
    expect(offered("h2m", "--config", "cli-compl")).toEqual(["cli-completion.test.ts"]);
    expect(offered("h2m", "help", "ca")).toEqual(["call"]);
  });
});

describe.each(["zsh", "fish"] as const)("the completion for %s", (shell) => {
  it("names every command and flag", () => {
    const script = scriptFor(shell);

    for (const name of FIRST) expect(script).toContain(name);
    for (const name of Object.keys(OPTIONS))
      expect(script).toContain(shell === "fish" ? `-l ${name}` : `--${name}`);
  });

  it.skipIf(!has(shell))("is taken by it", () => {
    const { status, stderr } = spawnSync(shell, ["-c", scriptFor(shell)], { encoding: "utf8" });

    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });
});

describe("h2m completion", () => {
  it("prints the script of a shell, and knows no other", async () => {
    const stdout = new PassThrough();
    expect(await completion(["fish"], stdout)).toBe(0);
    stdout.end();

    expect(await text(stdout)).toBe(scriptFor("fish"));
    for (const words of [[], ["bsh"], ["bash", "zsh"]])
      expect(await failure(completion(words, stdout))).toMatchObject({ code: "bad-usage" });
    expect(await failure(completion(["bsh"], stdout))).toMatchObject({
      hint: expect.stringContaining("Did you mean `bash`?"),
    });
  });
});
