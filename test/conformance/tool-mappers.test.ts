import { describe, expect, it } from "vitest";
import { toolsMappers } from "../../plugins/tools/index.ts";
import { DEFAULTS } from "../../src/config/schema/defaults.ts";
import type { Tool } from "../../src/plugin.ts";
import { describeToolMapper } from "../../src/testing.ts";

const tool = (name: string, description = `Does ${name}.`): Tool => ({
  name,
  description,
  inputSchema: { type: "object", properties: { a: { type: "number" } } },
});
const TOOLS = [
  tool("Bash"),
  tool("Read"),
  tool("WebFetch"),
  tool("__proto__"),
  tool("constructor"),
];

describe("with a config that says nothing", () => {
  const mappers = toolsMappers(DEFAULTS.tools);

  for (const mapper of mappers) describeToolMapper(mapper, { tools: TOOLS });

  it("every tool stays as it is", () => {
    const session = { id: "s", harness: "fake", attached: false };
    const shown = mappers.reduce<readonly Tool[]>(
      (tools, mapper) => mapper.list?.(tools, { session }) ?? tools,
      TOOLS,
    );

    expect(shown).toEqual(TOOLS);
  });
});

describe("with a config that changes much", () => {
  const mappers = toolsMappers({
    ...DEFAULTS.tools,
    exclude: ["Web*"],
    rename: { Bash: "shell", Read: "Bash" },
    describe: { Bash: "Runs a command." },
  });

  for (const mapper of mappers) describeToolMapper(mapper, { tools: TOOLS });
});
