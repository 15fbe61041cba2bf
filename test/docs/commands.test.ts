import { expect, it } from "vitest";
import own from "../../package.json" with { type: "json" };
import {
  commandIn,
  OPTIONS,
  readCommandLine,
  readInvocation,
  SUBCOMMANDS,
} from "../../src/cli/input/invocation.ts";
import { USAGE } from "../../src/cli/input/usage.ts";
import { BUILT_IN_COMMANDS } from "../../src/commands.ts";
import { harnessNames } from "../../src/built-in.ts";
import {
  codeSpans,
  type Page,
  parsePage,
  readPage,
  rowsOf,
  userPages,
} from "../helpers/markdown.ts";
import template from "../../templates/plugin/package.json" with { type: "json" };

const FLAGS = Object.keys(OPTIONS).map((name) => `--${name}`);
const COMMANDS: readonly string[] = [
  ...SUBCOMMANDS,
  ...BUILT_IN_COMMANDS.map(({ command }) => command.name),
];
/** Also those of one command alone. */
const ALL_FLAGS = [
  ...FLAGS,
  ...BUILT_IN_COMMANDS.flatMap(({ command }) =>
    Object.keys(command.flags ?? {}).map((name) => `--${name}`),
  ),
];
const START = "docs/1.guide/1.start.md";

it("every `h2m` of a shell block is a command line that h2m takes", () => {
  const wrong = parsePage(
    "wrong.md",
    [
      "```sh",
      "npm run gone && h2m tolls claude   # what --json says",
      "NAME=1 npx h2m tools --jsn",
      "```",
      "Write `h2m call --yess`, or `h2m servr`.",
    ].join("\n"),
  );

  expect(commandProblems(wrong)).toEqual([
    "wrong.md:2: there is no script `gone`",
    "wrong.md:2: there is no harness `tolls`",
    "wrong.md:3: There is no flag `--jsn`.",
    "wrong.md:5: there is no flag `--yess`",
    "wrong.md:5: there is no command `servr`",
  ]);
  const pages = [...userPages(), readPage("AGENTS.md"), readPage("CHANGELOG.md")];
  expect(pages.flatMap(commandProblems)).toEqual([]);
});

it("the start page and `--help` name every subcommand and flag", () => {
  const spans = rowsOf(readPage(START)).flatMap(({ cells }) => codeSpans(cells.join(" ")));
  const named = new Set(spans.flatMap((span) => span.match(/--[a-z-]+/g) ?? []));

  expect(FLAGS.filter((flag) => !named.has(flag))).toEqual([]);
  expect(FLAGS.filter((flag) => !USAGE.includes(flag))).toEqual([]);
  for (const name of COMMANDS) {
    expect(spans.some((span) => span.startsWith(`h2m ${name}`))).toBe(true);
    expect(USAGE).toContain(`\n  h2m ${name} `);
  }
});

function commandProblems(page: Page): string[] {
  const problem = (line: number) => (text: string) => `${page.file}:${line}: ${text}`;
  const inBlocks = page.blocks.flatMap(({ language, line, text }) =>
    text.split("\n").flatMap((written, at) => {
      const shell = language === "sh" ? written : /^[$>] (.*)$/.exec(written)?.[1];
      return shell === undefined ? [] : problemsOfLine(shell).map(problem(line + at));
    }),
  );
  const inProse = page.prose.flatMap((text, at) =>
    codeSpans(text)
      .flatMap(problemsOfSpan)
      .map(problem(at + 1)),
  );
  return [...inBlocks, ...inProse];
}

function problemsOfLine(line: string): string[] {
  const commands = line.replace(/(^|\s)#\s.*$/, "").split(/&&|\||;/);
  return commands.flatMap((command) => {
    const words = wordsOf(command).filter((word, at, all) => at > 0 || !isVariable(word, all));
    const [program, first = "", second = ""] = words;
    if (program === "npm" && first === "run") return scriptProblem(second);
    if (program === "h2m") return problemsOfArgs(words.slice(1));
    return program === "npx" && first === "h2m" ? problemsOfArgs(words.slice(2)) : [];
  });
}

function wordsOf(command: string): string[] {
  const words = command.match(/(?:[^\s"']|"[^"]*"|'[^']*')+/g) ?? [];
  return words.map((word) => word.replaceAll(/["']/g, ""));
}

function isVariable(word: string, { length }: readonly string[]): boolean {
  return length > 1 && /^[A-Z_]+=/.test(word);
}

function scriptProblem(name: string): string[] {
  const known = Object.keys({ ...own.scripts, ...template.scripts });
  return known.includes(name) ? [] : [`there is no script \`${name}\``];
}

function problemsOfArgs(args: readonly string[]): string[] {
  try {
    const own = commandIn(args, BUILT_IN_COMMANDS);
    if (own) return readCommandLine(args, own) && [];
    const { command, words, problem } = readInvocation(args);
    if (problem) throw problem;
    const [harness] = words;
    if (harness === undefined || !["serve", "stdio", "tools", "lock", "diff"].includes(command))
      return [];
    const known = harnessNames().includes(harness) || harness.startsWith("<");
    return known ? [] : [`there is no harness \`${harness}\``];
  } catch (error) {
    return [(error as Error).message];
  }
}

/** In running text a command may stand for all that begin so: `h2m tools [<harness>]`, `h2m --profile`. */
function problemsOfSpan(span: string): string[] {
  if (!/^(npx )?h2m\s/.test(span)) return [];
  const flags = span.match(/(?<![\w-])--?[a-z][a-z-]*/g) ?? [];
  const [, first] = /h2m\s+([a-z][\w-]*)/.exec(span) ?? [];
  const commands: readonly string[] = [...COMMANDS, ...harnessNames()];
  return [
    ...flags
      .filter((flag) => flag.startsWith("--") && !ALL_FLAGS.includes(flag))
      .map((flag) => `there is no flag \`${flag}\``),
    ...(first === undefined || commands.includes(first)
      ? []
      : [`there is no command \`${first}\``]),
  ];
}
