import type { Tool } from "harness-to-mcp/plugin";
import { describeToolMapper } from "harness-to-mcp/testing";
import { expect, it } from "vitest";
import plugin from "../src/index.ts";
import { denying } from "../src/denying.ts";

const TOOLS: Tool[] = ["Bash", "Read"].map((name) => ({ name, inputSchema: { type: "object" } }));

// What every mapper must do, with calls that this one lets through …
describeToolMapper(denying(["git push"]), {
  tools: TOOLS,
  arguments: { command: "git status", timeout: 1 },
});
// … and with calls that it answers by itself.
describeToolMapper(denying(["git"]), {
  tools: TOOLS,
  arguments: { command: "git status" },
  changes: ["calls"],
});

it("refuses options that are none", () => {
  expect(() => plugin({ deny: "git push" as never })).toThrow("`deny` must be a list of texts.");
  expect(() => plugin({ path: "counts" })).toThrow("begins with `/`");
});
