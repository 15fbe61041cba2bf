import { describe, expect, it } from "vitest";
import { claude } from "../../plugins/claude/index.ts";
import { codex } from "../../plugins/codex/index.ts";
import { opencode } from "../../plugins/opencode/index.ts";
import type { HarnessLauncher } from "../../src/plugin.ts";
import { worked } from "../helpers/work.ts";

const PATCH = `*** Begin Patch
*** Update File: a/h2m.config.ts
*** Move to: b.ts
@@
-*** text of the file
+x
*** Add File:  with blank
+*** Add File: no file
  *** Delete File: /tmp/c
***  Update   File: d
*** End Patch`;
const PATCHED = ["a/h2m.config.ts", "b.ts", "with blank", " with blank", "/tmp/c", "d"];
const adds = (path: string) => `*** Begin Patch\n*** Add File: ${path}\n+x\n*** End Patch`;

describe("the files that a call writes", () => {
  it.each<[HarnessLauncher, string, Record<string, unknown>, string[]]>([
    [claude, "Write", { file_path: "/a", content: "" }, ["/a"]],
    [claude, "Edit", { file_path: "/a", old_string: "", new_string: "" }, ["/a"]],
    [claude, "MultiEdit", { file_path: "/a", edits: [] }, ["/a"]],
    [claude, "NotebookEdit", { notebook_path: "/a.ipynb", new_source: "" }, ["/a.ipynb"]],
    [claude, "Read", { file_path: "/a" }, []],
    [claude, "Write", { file_path: 5 }, []],
    [claude, "constructor", {}, []],
    [codex, "apply_patch", { input: PATCH }, PATCHED],
    [codex, "apply_patch", { input: PATCH.replaceAll("\n", "\r\n") }, PATCHED],
    [codex, "apply_patch", { input: adds("a\u0085") }, ["a", "a\u0085"]],
    [codex, "apply_patch", { input: "\u0085*** Delete File: a" }, ["a"]],
    [codex, "apply_patch", { input: adds("x\u2028/../a") }, ["x\u2028/../a"]],
    [codex, "apply_patch", { input: adds("x\r/../a") }, ["x\r/../a", "x"]],
    [codex, "apply_patch", { input: "*** Move to:  a " }, ["a", " a "]],
    [codex, "apply_patch", {}, []],
    [codex, "view_image", { path: "/a" }, []],
    [opencode, "write", { filePath: "/a", content: "" }, ["/a"]],
    [opencode, "edit", { filePath: "a" }, ["a"]],
    [opencode, "multiedit", { filePath: "a", edits: [{ filePath: "b" }, {}] }, ["a", "b"]],
    [opencode, "apply_patch", { patchText: PATCH }, PATCHED],
    [opencode, "patch", { patchText: PATCH }, PATCHED],
    [opencode, "read", { filePath: "/a" }, []],
  ])("of $name: %s %j", ({ writes }, name, args, files) => {
    expect(writes?.({ name, arguments: args })).toEqual(files);
  });
});

it("long blanks in a patch cost no time", () => {
  const blank = `*** Add File: a${" ".repeat(200_000)}b`;
  const begin = worked();

  expect(codex.writes?.({ name: "apply_patch", arguments: { input: blank } })).toHaveLength(1);

  expect(worked() - begin).toBeLessThan(1_000);
});
