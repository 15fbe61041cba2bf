import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { insidePlugin } from "../../plugins/opencode/inside.ts";

type Hook = (input: object, output: object) => Promise<void>;

describe("the tools for files inside opencode", () => {
  let root: string;
  let home: string;
  let project: string;
  let hooks: Record<string, Hook>;

  beforeEach(async () => {
    root = await realpath(await mkdtemp(join(tmpdir(), "inside-")));
    home = join(root, "h2m-opencode-Ab12Cd");
    project = join(root, "project");
    for (const folder of [
      join(home, "data/opencode/tool-output"),
      join(root, "h2m-claude-Ef34Gh"),
      join(root, "state"),
      join(project, "h2m-notes"),
    ])
      await mkdir(folder, { recursive: true });
    await symlink("/proc/self", join(project, "process"));
    await symlink(home, join(project, "private"));
    await symlink("../state/token-that-comes", join(project, "dangling"));
    hooks = await plugin(project);
  });

  afterEach(async () => {
    await rm(root, { recursive: true });
  });

  async function plugin(directory: string): Promise<Record<string, Hook>> {
    const file = join(root, "plugin.mjs");
    const closed = [join(root, "state")];
    const temporary = [dirname(home), "/another-temporary"];
    await writeFile(file, insidePlugin({ home, temporary, closed, sealed: false }));
    // The listener that ends the process with its input is not for this one.
    (globalThis as Record<symbol, unknown>)[Symbol.for("h2m.watched")] = true;
    const { h2m } = await import(`${pathToFileURL(file)}?${root}`);
    return h2m({ directory });
  }

  const before = (tool: string, args: object) => hooks["tool.execute.before"]?.({ tool }, { args });

  it.each([
    ["a process's environment", "read", { filePath: "/proc/self/environ" }],
    ["it by a detour", "read", { filePath: "../../../../../../../../proc/self/environ" }],
    ["it by another root", "read", { filePath: "/proc/self/root/etc/hostname" }],
    ["it by /dev", "read", { filePath: "/dev/fd/0" }],
    ["it by /dev and back", "read", { filePath: "/dev/fd/../environ" }],
    ["it by a link and back", "grep", { pattern: ".", path: "process/fd/../environ" }],
    ["it by a link", "read", { filePath: "process/environ" }],
    ["the private folder", "read", { filePath: "private/config/opencode/opencode.json" }],
    ["that of another harness", "grep", { pattern: ".", path: "../h2m-claude-Ef34Gh" }],
    [
      "one in another temporary folder",
      "read",
      { filePath: "/another-temporary/h2m-claude-Ef34Gh/key" },
    ],
    ["the state folder", "glob", { pattern: "*", path: "../state" }],
    ["what is not there yet", "write", { filePath: "../state/new/token", content: "" }],
    ["it by a link to nothing", "write", { filePath: "dangling", content: "" }],
    ["it by an edit", "edit", { filePath: "process/mem", oldString: "a", newString: "b" }],
    [
      "it by a patch",
      "apply_patch",
      { patchText: "*** Begin Patch\n*** Update File: a\n*** Move to: ../state/b\n*** End Patch" },
    ],
  ])("do not reach %s", async (_, tool, args) => {
    await expect(before(tool, args)).rejects.toThrow(/is closed to tools/);
  });

  it.each([
    ["files of the project", "read", { filePath: "a.txt" }],
    ["a folder with a name like ours", "read", { filePath: "h2m-notes/a.txt" }],
    ["a folder beside it", "glob", { pattern: "*", path: ".." }],
    ["large output", "read", { filePath: "private/data/opencode/tool-output/tool_1" }],
    ["no path at all", "grep", { pattern: "/proc/self" }],
    ["a shell's folder", "bash", { command: "true", workdir: "/proc" }],
  ])("reach %s", async (_, tool, args) => {
    await expect(before(tool, args)).resolves.toBeUndefined();
  });

  it("reach a project that lies where a private folder could", async () => {
    hooks = await plugin(join(root, "h2m-claude-Ef34Gh"));

    await expect(before("read", { filePath: "a.txt" })).resolves.toBeUndefined();
  });

  it("leave out what a search from above has found in there", async () => {
    const found = {
      output: `Found 3 matches\n${project}/a:\n  Line 1: x\n\n/proc/1/environ:\n  Line 1: KEY\n\n  Line 2: KEY\n\n${home}/k:\n  Line 2: KEY\n\n  Line 4: KEY\n\n(cut)`,
    };
    const files = { output: `${project}/a\n${root}/state/token\n\n(Results are truncated)` };

    await hooks["tool.execute.after"]?.({ tool: "grep" }, found);
    await hooks["tool.execute.after"]?.({ tool: "glob" }, files);

    expect(found.output).toBe(`Found 3 matches\n${project}/a:\n  Line 1: x\n\n(cut)`);
    expect(files.output).toBe(`${project}/a\n\n(Results are truncated)`);
  });

  it("give no shell the server's password", async () => {
    const env: Record<string, string> = {};
    await hooks["shell.env"]?.({ sessionID: "ses_1", callID: "c1" }, { env });

    expect(env).toEqual({ OPENCODE_SERVER_PASSWORD: "", H2M_CALL: "c1", H2M_SESSION: "ses_1" });
  });
});
