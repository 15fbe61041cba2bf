import { describe, expect, it } from "vitest";
import { resolveConfig } from "../src/config.ts";
import { held } from "../src/config/reload/held.ts";
import type { H2mConfig } from "../src/types/config.ts";

type Tools = NonNullable<H2mConfig["tools"]>;

/** What the start said, what the later config says, and whether that allows more. */
const TOOLS: readonly (readonly [key: string, start: Tools, next: Tools, wider: boolean])[] = [
  ["include", {}, { include: ["Read"] }, false],
  ["include", { include: ["Read"] }, { include: ["Read"] }, false],
  ["include", { include: ["Read", "Write"] }, { include: ["Write"] }, false],
  ["include", { include: ["Read"] }, { include: [] }, false],
  ["include", { include: ["R*"] }, { include: ["Read"] }, false],
  ["include", { include: ["R*"] }, { include: ["Re*"] }, false],
  ["include", { include: ["R*"] }, { include: ["Re*d*"] }, false],
  ["include", { include: ["mcp__*"] }, { include: ["mcp__{a,b}"] }, true],
  ["include", { include: ["Read"] }, {}, true],
  ["include", { include: ["Read"] }, { include: ["Read", "Bash"] }, true],
  ["include", { include: ["Re*"] }, { include: ["R*"] }, true],
  ["include", { include: ["Re*"] }, { include: ["R{ead,un}"] }, true],
  ["include", { include: ["*d"] }, { include: ["R*d"] }, true],
  ["include", { include: ["Read"] }, { include: ["!Bash"] }, true],
  ["include", { include: ["R*"] }, { include: ["R@(ead|x)|Bash"] }, true],
  ["include", { include: ["R*"] }, { include: ["R*|Bash"] }, true],
  ["exclude", {}, { exclude: ["Bash"] }, false],
  ["exclude", { exclude: ["Bash"] }, { exclude: ["Bash", "Write"] }, false],
  ["exclude", { exclude: ["WebFetch"] }, { exclude: ["Web*"] }, false],
  ["exclude", { exclude: ["Bash"] }, {}, true],
  ["exclude", { exclude: ["Web*"] }, { exclude: ["WebFetch", "WebSearch"] }, true],
  ["readOnly", {}, { readOnly: true }, false],
  ["readOnly", { readOnly: true }, { readOnly: true }, false],
  ["readOnly", { readOnly: true }, {}, true],
  ["confirm", {}, { confirm: ["Bash"] }, false],
  ["confirm", { confirm: ["Bash"] }, { confirm: ["B*"] }, false],
  ["confirm", { confirm: ["risk:destructive"] }, { confirm: ["risk:write"] }, false],
  ["confirm", { confirm: ["risk:write"] }, { confirm: ["*"] }, false],
  ["confirm", { confirm: ["Bash"] }, {}, true],
  ["confirm", { confirm: ["risk:write"] }, { confirm: ["risk:destructive"] }, true],
  ["confirm", { confirm: ["*"] }, { confirm: ["risk:write"] }, true],
  ["confirmFallback", { confirm: ["A"] }, { confirm: ["A"], confirmFallback: "allow" }, true],
  ["confirmFallback", {}, { confirm: ["A"], confirmFallback: "allow" }, false],
  ["limits", {}, { limits: { perMinute: 5 } }, false],
  ["limits", { limits: { perMinute: 5 } }, { limits: { perMinute: 4, concurrency: 2 } }, false],
  ["limits", { limits: { perMinute: 5 } }, { limits: { perMinute: 6 } }, true],
  ["limits", { limits: { concurrency: 5 } }, { limits: { perMinute: 1 } }, true],
  ["limits", { limits: { maxResultBytes: 5_000 } }, {}, true],
  ["args", {}, { args: { Bash: { hide: ["x"] } } }, false],
  ["args", { args: { Bash: { hide: ["x"] } } }, { args: { Bash: { hide: ["x", "y"] } } }, false],
  ["args", { args: { Bash: { default: { x: 1 } } } }, {}, false],
  ["args", { args: { Bash: { hide: ["x"] } } }, {}, true],
  ["args", { args: { Bash: { hide: ["x"] } } }, { args: { Bash: { pin: { x: 1 } } } }, true],
  ["args", { args: { Bash: { pin: { x: 1 } } } }, { args: { Bash: { pin: { x: 2 } } } }, true],
  ["args", { args: { Bash: { pin: { x: [1] } } } }, { args: { Bash: { pin: { x: [1] } } } }, false],
  ["annotations", {}, { annotations: { A: { readOnlyHint: true } } }, false],
  [
    "annotations",
    { readOnly: true },
    { readOnly: true, annotations: { A: { readOnlyHint: true } } },
    true,
  ],
  [
    "annotations",
    { readOnly: true, annotations: { A: { readOnlyHint: false } } },
    { readOnly: true },
    true,
  ],
  [
    "annotations",
    { confirm: ["risk:destructive"] },
    { confirm: ["risk:destructive"], annotations: { A: { destructiveHint: false } } },
    true,
  ],
  [
    "annotations",
    { confirm: ["risk:open-world"] },
    { confirm: ["risk:open-world"], annotations: { A: { openWorldHint: true, title: "A" } } },
    false,
  ],
];

const configOf = (config: H2mConfig) => resolveConfig(config, process.cwd());

describe("a later config", () => {
  it.each(TOOLS)("by `%s`: %j, then %j: wider is %s", (key, start, next, wider) => {
    const found = held(configOf({ tools: start }), configOf({ tools: next }), false);

    expect(found.wider).toEqual(wider ? [`tools.${key}`] : []);
    if (!wider) expect(found.config.tools).toEqual(configOf({ tools: next }).tools);
  });

  it.each(TOOLS)("is held so that it is no wider, `%s`: %j, then %j", (_, start, next) => {
    const first = configOf({ tools: start });
    const { config } = held(first, configOf({ tools: next }), false);

    // What `include` lets through is filtered by both.
    const again = held(first, config, false).wider.filter((key) => key !== "tools.include");
    expect(again).toEqual([]);
  });

  it.each<[string, H2mConfig, H2mConfig, H2mConfig["harnesses"] | undefined]>([
    [
      "its own rules are given up",
      { harnesses: { a: { permissions: "harness" } } },
      { harnesses: { a: {} } },
      { a: { permissions: "harness" } },
    ],
    [
      "the user's own settings come",
      { harnesses: ["a"] },
      { harnesses: { a: { settings: "user", model: "m" } } },
      { a: { model: "m" } },
    ],
    [
      "its arguments go",
      { harnesses: { a: { args: ["--without-shell"] } } },
      { harnesses: ["a"] },
      { a: { args: ["--without-shell"] } },
    ],
    [
      "another program comes where tools are excluded",
      { harnesses: ["a"], tools: { exclude: ["x"] } },
      { harnesses: { a: { command: "/bin/other" } }, tools: { exclude: ["x"] } },
      { a: {} },
    ],
    [
      "another harness comes where tools are excluded",
      { harnesses: ["a"], tools: { exclude: ["x"] } },
      { harnesses: ["a", "b"], tools: { exclude: ["x"] } },
      { a: {} },
    ],
    ["another harness comes", { harnesses: ["a"] }, { harnesses: ["a", "b"] }, undefined],
    ["one goes", { harnesses: ["a", "b"] }, { harnesses: ["a"] }, undefined],
    ["the model changes", { harnesses: ["a"] }, { harnesses: { a: { model: "m" } } }, undefined],
  ])("of harnesses where %s", (_, start, next, instead) => {
    const { config, wider } = held(configOf(start), configOf(next), false);

    const plain = configOf(instead ? { harnesses: instead } : { harnesses: next.harnesses ?? [] });
    expect(wider).toEqual(instead ? ["harnesses"] : []);
    expect(JSON.parse(JSON.stringify(config.harnesses))).toEqual(
      JSON.parse(JSON.stringify(plain.harnesses)),
    );
  });

  it("brings no other harness beside a profile", () => {
    const found = held(configOf({ harnesses: ["a"] }), configOf({ harnesses: ["a", "b"] }), true);

    expect(found.wider).toEqual(["harnesses"]);
    expect(Object.keys(found.config.harnesses)).toEqual(["a"]);
  });
});
