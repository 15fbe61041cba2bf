import { describe, expect, it } from "vitest";
import { claude } from "../../plugins/claude/index.ts";
import { codex } from "../../plugins/codex/index.ts";
import { opencode } from "../../plugins/opencode/index.ts";
import type { HarnessLauncher } from "../../src/plugin.ts";

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
const PATCHED = ["a/h2m.config.ts", "b.ts", "with blank", "/tmp/c", "d"];

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
