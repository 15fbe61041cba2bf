import { describe, expect, it } from "vitest";
import { defineToolMapper, type H2mConfig, type ToolMapper } from "../../src/plugin.ts";
import { fakePlugin } from "../../src/testing.ts";
import { ERAS, type McpClient, type Person, textIn } from "../helpers/clients.ts";
import { connected, serve } from "../helpers/server.ts";

interface Called {
  readonly name: string;
  readonly arguments?: Record<string, unknown>;
  /** What the person is asked; nobody is, without. */
  readonly asked?: RegExp;
  /** What the harness got; nothing, without. */
  readonly sent?: { readonly name: string; readonly arguments: Record<string, unknown> };
  /** Of the result, or of the error. */
  readonly says: RegExp;
}

type Section = NonNullable<H2mConfig["tools"]>;

/** Keys that stand together → calls, and what becomes of each. The person accepts. */
const TABLE: readonly [what: string, tools: Section, calls: readonly Called[]][] = [
  [
    "rename, exclude, a pin and confirm",
    {
      include: ["echo", "pid", "big"],
      exclude: ["pid"],
      rename: { echo: "say" },
      args: { echo: { pin: { text: "pinned" } } },
      confirm: ["echo", "pid"],
    },
    [
      {
        name: "say",
        asked: /^Run `say` \(`echo` of fake\) .*"text": "pinned"/s,
        sent: { name: "echo", arguments: { text: "pinned" } },
        says: /^pinned$/,
      },
      { name: "say", arguments: { text: "mine" }, says: /`text` is not yours to set/ },
      { name: "echo", arguments: { text: "x" }, says: /no tool `echo`/ },
      { name: "pid", says: /no tool `pid`/ },
      { name: "big", arguments: { n: 2 }, sent: { name: "big", arguments: { n: 2 } }, says: /xx/ },
    ],
  ],
  [
    "two names that are swapped, confirm by the harness's own, and a prefix",
    {
      include: ["echo", "env"],
      rename: { echo: "env", env: "echo" },
      prefix: "my_",
      confirm: ["env"],
    },
    [
      {
        name: "my_env",
        arguments: { text: "x" },
        sent: { name: "echo", arguments: { text: "x" } },
        says: /^x$/,
      },
      {
        name: "my_echo",
        arguments: { name: "NO_SUCH_WORD" },
        asked: /^Run `my_echo` \(`env` of fake\)/,
        sent: { name: "env", arguments: { name: "NO_SUCH_WORD" } },
        says: /unset/,
      },
      { name: "env", arguments: { name: "x" }, says: /no tool `env`/ },
    ],
  ],
  [
    "readOnly and a risk: what is hidden is asked about as little as what only reads",
    {
      readOnly: true,
      annotations: { pid: { readOnlyHint: true, openWorldHint: true } },
      rename: { big: "pid2" },
      confirm: ["risk:write", "big"],
    },
    [
      {
        name: "echo",
        arguments: { text: "x" },
        sent: { name: "echo", arguments: { text: "x" } },
        says: /^x$/,
      },
      { name: "pid", sent: { name: "pid", arguments: {} }, says: /^\d+$/ },
      { name: "pid2", arguments: { n: 1 }, says: /no tool `pid2`/ },
      { name: "big", arguments: { n: 1 }, says: /no tool `big`/ },
    ],
  ],
  [
    "a default, a hidden argument, a limit and confirm: a call that is refused takes nothing",
    {
      include: ["echo", "slow"],
      args: { slow: { default: { text: "late" }, pin: { ms: 1 } } },
      limits: { perMinute: 1 },
      confirm: ["slow"],
    },
    [
      { name: "slow", arguments: { ms: 5 }, says: /`ms` is not yours to set/ },
      { name: "pid", says: /no tool `pid`/ },
      { name: "slow", arguments: { text: 5 }, says: /`text` must be string/ },
      {
        name: "slow",
        asked: /"text": "late"/,
        sent: { name: "slow", arguments: { ms: 1, text: "late" } },
        says: /^late$/,
      },
      { name: "echo", arguments: { text: "x" }, says: /Wait \d+ s/ },
    ],
  ],
];

describe.each(ERAS)("keys of `tools` together, for a client of %s", (era) => {
  it.each(TABLE)("%s", async (_, tools, calls) => {
    await holds({ tools }, calls, era);
  });

  it("two plugins that rename one tool, with rename and confirm", async () => {
    const plugins = [renamer("echo", "sh"), renamer("sh", "run")].map((mapper) => ({
      name: mapper.name,
      mappers: [mapper],
    }));
    const tools = { rename: { run: "go" }, exclude: ["sh", "echo"], confirm: ["echo"] };
    const calls = [
      {
        name: "go",
        arguments: { text: "x" },
        asked: /^Run `go` \(`echo` of fake\)/,
        sent: { name: "echo", arguments: { text: "x" } },
        says: /^x$/,
      },
      ...["run", "sh", "echo"].map((name) => ({
        name,
        arguments: { text: "x" },
        says: new RegExp(`no tool \`${name}\``),
      })),
    ];

    await holds({ plugins, tools }, calls, era);
  });
});

async function holds(
  { plugins = [], ...config }: H2mConfig,
  calls: readonly Called[],
  era: (typeof ERAS)[number],
): Promise<void> {
  const h2m = await serve({
    harnesses: ["fake"],
    plugins: [fakePlugin({ driver: true }), ...plugins],
    ...config,
  });
  const sent: object[] = [];
  h2m.on("call:end", (end) => sent.push(...end.sent));
  const asked: string[] = [];
  const person: Person = async ({ message }) => {
    asked.push(message);
    return { action: "accept" };
  };
  const client = await connected(h2m, "/fake/one", era, { person });

  for (const call of calls) {
    expect(await said(client, call)).toMatch(call.says);
    expect(asked.splice(0)).toEqual(call.asked ? [expect.stringMatching(call.asked)] : []);
    expect(sent.splice(0)).toEqual(call.sent ? [call.sent] : []);
  }
}

async function said(client: McpClient, { name, arguments: args = {} }: Called): Promise<string> {
  try {
    return textIn(await client.call(name, args));
  } catch (error) {
    return String(error);
  }
}

function renamer(from: string, to: string): ToolMapper {
  return defineToolMapper({
    name: `${from}-to-${to}`,
    list: (tools) => tools.map((each) => (each.name === from ? { ...each, name: to } : each)),
    call: (call, next) => next(call.name === to ? { ...call, name: from } : call),
  });
}
