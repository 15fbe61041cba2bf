import { describe, expect, it } from "vitest";
import { defineToolMapper, textOf, type Tool, type ToolMapper } from "../../src/plugin.ts";
import { seen, tool, type ToolsSection } from "../helpers/toolset.ts";

const reads = { annotations: { readOnlyHint: true, openWorldHint: false, title: "Old" } };
const BASH = tool(
  "Bash",
  {
    command: { type: "string" },
    timeout: { type: "number" },
    unsafe: { type: "boolean" },
    description: { type: "string" },
  },
  { required: ["command", "description"], additionalProperties: false },
);
const TOOLS: Tool[] = [
  BASH,
  { ...tool("Read", { path: { type: "string" } }), ...reads },
  { ...tool("WebFetch", { url: { type: "string" } }), ...reads },
  tool("Write", { path: { type: "string" } }),
];
const ARGS = { command: "ls", description: "lists" };

/** The config → what is shown, and what a call of one of them sends. */
const table: [
  what: string,
  config: ToolsSection,
  names: string[],
  call?: [name: string, args: object, sent: { name: string; arguments: object }],
][] = [
  ["nothing", {}, ["Bash", "Read", "WebFetch", "Write"]],
  ["include", { include: ["R*", "Bash"] }, ["Bash", "Read"]],
  ["exclude", { exclude: ["Web*", "Write"] }, ["Bash", "Read"]],
  ["include and exclude: exclude wins", { include: ["*ead"], exclude: ["Read"] }, []],
  [
    "rename",
    { rename: { Bash: "shell" } },
    ["shell", "Read", "WebFetch", "Write"],
    ["shell", ARGS, { name: "Bash", arguments: ARGS }],
  ],
  [
    "rename, two that swap their names",
    { rename: { Read: "Write", Write: "Read" } },
    ["Bash", "Write", "WebFetch", "Read"],
    ["Read", { path: "x" }, { name: "Write", arguments: { path: "x" } }],
  ],
  [
    "rename, to the name of a tool that is excluded",
    { rename: { Bash: "Read" }, exclude: ["Read"] },
    ["Read", "WebFetch", "Write"],
    ["Read", ARGS, { name: "Bash", arguments: ARGS }],
  ],
  [
    "rename, of a tool that is excluded to the name of one that is not",
    { rename: { Bash: "Read" }, exclude: ["Bash"] },
    ["Read", "WebFetch", "Write"],
    ["Read", { path: "x" }, { name: "Read", arguments: { path: "x" } }],
  ],
  [
    "prefix, also before a new name",
    { prefix: "repo_", rename: { Bash: "shell" } },
    ["repo_shell", "repo_Read", "repo_WebFetch", "repo_Write"],
    ["repo_shell", ARGS, { name: "Bash", arguments: ARGS }],
  ],
  [
    "prefix, and a tool whose new name begins with it",
    { prefix: "a_", rename: { Read: "a_Read" } },
    ["a_Bash", "a_a_Read", "a_WebFetch", "a_Write"],
    ["a_a_Read", { path: "x" }, { name: "Read", arguments: { path: "x" } }],
  ],
  ["readOnly", { readOnly: true }, ["Read", "WebFetch"]],
  ["readOnly and exclude", { readOnly: true, exclude: ["Web*"] }, ["Read"]],
  [
    "readOnly, with annotations of the user's",
    {
      readOnly: true,
      annotations: { Bash: { readOnlyHint: true }, Read: { readOnlyHint: false } },
    },
    ["Bash", "WebFetch"],
  ],
  [
    "readOnly and rename",
    { readOnly: true, rename: { Read: "look", Bash: "Read" } },
    ["look", "WebFetch"],
    ["look", { path: "x" }, { name: "Read", arguments: { path: "x" } }],
  ],
  [
    "a pinned, a hidden and a filled-in argument",
    { args: { Bash: { pin: { timeout: 5 }, hide: ["unsafe"], default: { description: "run" } } } },
    ["Bash", "Read", "WebFetch", "Write"],
    [
      "Bash",
      { command: "ls" },
      { name: "Bash", arguments: { command: "ls", timeout: 5, description: "run" } },
    ],
  ],
  [
    "a default, where the client sends a value",
    { args: { Bash: { default: { description: "run" } } } },
    ["Bash", "Read", "WebFetch", "Write"],
    ["Bash", ARGS, { name: "Bash", arguments: ARGS }],
  ],
  [
    "rename, exclude, prefix, and a pin",
    {
      rename: { Bash: "shell" },
      exclude: ["W*"],
      prefix: "my_",
      args: { Bash: { pin: { description: "x" } } },
    },
    ["my_shell", "my_Read"],
    [
      "my_shell",
      { command: "ls" },
      { name: "Bash", arguments: { command: "ls", description: "x" } },
    ],
  ],
  [
    "a mapper of the user's own inside the keys",
    { map: [renamer("Bash", "Shell")], rename: { Shell: "sh" }, exclude: ["Bash"] },
    ["sh", "Read", "WebFetch", "Write"],
    ["sh", ARGS, { name: "Bash", arguments: ARGS }],
  ],
];

describe("the config's tools", () => {
  it.each(table)("%s: shows these, and calls the harness's own", async (_, config, names, call) => {
    const tools = seen(config, TOOLS);

    expect(tools.names()).toEqual(names);
    if (!call) return;
    const [name, args, expected] = call;
    expect((await tools.call(name, { ...args })).sent).toEqual([expected]);
  });

  it.each(table)("%s: calls nothing by a name that is not shown", async (_, config, names) => {
    const tools = seen(config, TOOLS);

    for (const { name } of TOOLS) {
      if (names.includes(name)) continue;
      const { sent, error } = await tools.call(name, ARGS);
      expect(error).toMatchObject({ code: "unknown-tool" });
      expect(sent).toEqual([]);
    }
  });
});

describe("globs", () => {
  const odd = [tool("ns/tool"), tool(".hidden"), tool("a(b)")];

  it("match names of every form", () => {
    expect(seen({ portable: false }, odd).names()).toEqual(["ns/tool", ".hidden", "a(b)"]);
    expect(seen({ exclude: ["*"] }, odd).names()).toEqual([]);
  });

  it("match what is named word for word, whatever its signs mean elsewhere", () => {
    const config = { portable: false, exclude: ["a(b)", "ns/*"] };

    expect(seen(config, odd).names()).toEqual([".hidden"]);
  });
});

describe("tools.args", () => {
  const args = { Bash: { pin: { timeout: 5 }, hide: ["unsafe"], default: { description: "run" } } };

  it("takes the argument out of the schema, and shows a default", () => {
    expect(seen({ args }, TOOLS).schema("Bash")).toEqual({
      type: "object",
      properties: {
        command: { type: "string" },
        description: { type: "string", default: "run" },
      },
      required: ["command"],
      additionalProperties: false,
    });
  });

  it.each([
    ["pinned", { timeout: 5 }, "`timeout` is not yours to set"],
    ["hidden", { unsafe: true }, "`unsafe` is not yours to set"],
    [
      "pinned and hidden",
      { timeout: 1, unsafe: false },
      "`timeout` and `unsafe` are not yours to set",
    ],
  ])("refuses a call that sends a %s one all the same, naming it", async (_, more, text) => {
    const { sent, result } = await seen({ args }, TOOLS).call("Bash", { command: "ls", ...more });

    expect(sent).toEqual([]);
    expect(result?.isError).toBe(true);
    expect(textOf(result!)).toContain(text);
    expect(textOf(result!)).toContain("The tool was not called.");
  });

  it("checks what it sends against the tool's own schema", async () => {
    const wrong = { Bash: { pin: { timeout: "5" } } };

    const { sent, text } = await seen({ args: wrong }, TOOLS).call("Bash", ARGS);

    expect(sent).toEqual([]);
    expect(text).toContain("`timeout` must be number");
  });

  it("sends a value that nobody inside can change for the next call", async () => {
    const spoil = defineToolMapper({
      name: "spoil",
      call: (call, next) => {
        (call.arguments["list"] as number[]).push(2);
        return next(call);
      },
    });
    const List = tool("List", { list: { type: "array" } });
    const tools = seen({ args: { List: { pin: { list: [1] } } }, map: [spoil] }, [List]);

    await tools.call("List");

    expect((await tools.call("List")).sent[0]?.arguments).toEqual({ list: [1, 2] });
  });

  it("touches no other tool, and no tool of the name of an object's own", () => {
    const tools = [...TOOLS, tool("constructor"), tool("__proto__")];

    for (const each of seen({ args }, tools).shown().slice(1))
      expect(each.inputSchema).toBe(tools.find(({ name }) => name === each.name)?.inputSchema);
  });
});

describe("tools.annotations", () => {
  it("lie over those of the harness", () => {
    const [, read] = seen({ annotations: { Read: { title: "New" } } }, TOOLS).shown();

    expect(read?.annotations).toEqual({ ...reads.annotations, title: "New" });
  });

  it("give the title that clients prefer", () => {
    const titled = { ...tool("Read"), title: "Own" };

    expect(seen({ annotations: { Read: { title: "New" } } }, [titled]).shown()[0]?.title).toBe(
      "New",
    );
    expect(seen({ annotations: { Read: {} } }, [titled]).shown()[0]?.title).toBe("Own");
  });

  it("that call a tool read-only take back that it destroys", () => {
    const shell = { ...tool("Bash"), annotations: { readOnlyHint: false, destructiveHint: true } };

    const [own] = seen({ annotations: { Bash: { readOnlyHint: true } } }, [shell]).shown();

    expect(own?.annotations).toEqual({ readOnlyHint: true, destructiveHint: false });
  });
});

describe("two plugins that rename one tool", () => {
  it("do so one after another, the later one outside", async () => {
    const tools = seen({ rename: { run: "go" } }, TOOLS, [
      renamer("Bash", "sh"),
      renamer("sh", "run"),
    ]);

    expect(tools.names()).toContain("go");
    expect((await tools.call("go", ARGS)).sent[0]?.name).toBe("Bash");
    for (const name of ["Bash", "sh", "run"])
      expect((await tools.call(name, ARGS)).error?.code).toBe("unknown-tool");
  });

  it("to one name fail the list and the calls, naming both tools", async () => {
    const tools = seen({}, TOOLS, [renamer("Bash", "x"), renamer("Read", "x")]);

    expect(() => tools.shown()).toThrow(/`x`: `Bash` and `Read`\./);
    const { sent, error } = await tools.call("x", ARGS);
    expect(error?.code).toBe("name-clash");
    expect(sent).toEqual([]);
  });

  it("to one name that is not portable are told too", () => {
    const tools = seen({}, TOOLS, [renamer("Bash", "x.y"), renamer("Read", "x.y")]);

    expect(() => tools.shown()).toThrow(/`x_y`: `Bash` and `Read`\./);
  });
});

function renamer(from: string, to: string): ToolMapper {
  return defineToolMapper({
    name: `${from} to ${to}`,
    list: (tools) => tools.map((each) => (each.name === from ? { ...each, name: to } : each)),
    call: (call, next) => next(call.name === to ? { ...call, name: from } : call),
  });
}
