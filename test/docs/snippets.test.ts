import { join } from "node:path";
import ts from "typescript";
import { expect, it, vi } from "vitest";
import { type Page, parsePage, ROOT, userPages } from "../helpers/markdown.ts";

// All types of the package are read once, and machines differ.
vi.setConfig({ testTimeout: 120_000 });

/** Two blocks that are wrong, to see that wrong ones are found. */
const WRONG = parsePage(
  "wrong.md",
  [
    "Text.",
    "```ts",
    'import { defineConfig } from "harness-to-mcp";',
    "export default defineConfig({ harneses: [] });",
    "```",
    "```ts",
    "export default defineConfig({});",
    "```",
    "```json",
    '{ "a": 1',
    "```",
  ].join("\n"),
);

it("every TypeScript block of the docs is a module that type-checks", () => {
  const [found, planted] = split(typeProblems([...userPages(), WRONG]));

  expect(planted).toEqual([
    expect.stringMatching(/^wrong\.md:4: .*'harneses'/),
    expect.stringMatching(/^wrong\.md:7: .*'defineConfig'/),
  ]);
  expect(found).toEqual([]);
});

it("every JSON block of the docs is JSON", () => {
  const [found, planted] = split(jsonProblems([...userPages(), WRONG]));

  expect(planted).toEqual([expect.stringMatching(/^wrong\.md:10: /)]);
  expect(found).toEqual([]);
});

function split(problems: readonly string[]): [found: string[], planted: string[]] {
  const isPlanted = (each: string) => each.startsWith("wrong.md:");
  return [problems.filter((each) => !isPlanted(each)), problems.filter(isPlanted)];
}

function jsonProblems(pages: readonly Page[]): string[] {
  return pages.flatMap(({ file, blocks }) =>
    blocks.flatMap(({ language, line, text }) => {
      if (language !== "json") return [];
      try {
        JSON.parse(text);
        return [];
      } catch (error) {
        return [`${file}:${line}: ${(error as Error).message}`];
      }
    }),
  );
}

/** What TypeScript says of each block, by the published names and the options of this repository. */
function typeProblems(pages: readonly Page[]): string[] {
  /** Path of a file that is nowhere but here → its text, at the lines that it has in its page. */
  const virtual = new Map<string, string>();
  for (const { file, blocks } of pages)
    for (const { language, line, text } of blocks)
      if (language === "ts")
        virtual.set(join(ROOT, `${file}.${line}.ts`), "\n".repeat(line - 1) + text);
  const program = ts.createProgram({
    rootNames: [...virtual.keys()],
    options: { ...options(), moduleDetection: ts.ModuleDetectionKind.Force },
    host: hostWith(virtual),
  });
  return [...virtual.keys()].flatMap((path) => {
    const source = program.getSourceFile(path);
    if (source === undefined) return [`${path} was not read.`];
    const problems = [
      ...program.getSyntacticDiagnostics(source),
      ...program.getSemanticDiagnostics(source),
    ];
    const page = path.slice(ROOT.length).replace(/\.\d+\.ts$/, "");
    return problems.map(({ start = 0, messageText }) => {
      const { line } = source.getLineAndCharacterOfPosition(start);
      return `${page}:${line + 1}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
    });
  });
}

function options(): ts.CompilerOptions {
  const file = join(ROOT, "tsconfig.json");
  const { config } = ts.readConfigFile(file, (path) => ts.sys.readFile(path));
  // No files of its own are wanted: the blocks are the roots.
  const own = { ...(config as object), include: [], files: ["package.json"] };
  return ts.parseJsonConfigFileContent(own, ts.sys, ROOT, {}, file).options;
}

function hostWith(virtual: ReadonlyMap<string, string>): ts.CompilerHost {
  const host = ts.createCompilerHost(options());
  const { getSourceFile, fileExists, readFile } = host;
  return {
    ...host,
    getSourceFile: (path, version, ...rest) => {
      const text = virtual.get(path);
      return text === undefined
        ? getSourceFile.call(host, path, version, ...rest)
        : ts.createSourceFile(path, text, version);
    },
    fileExists: (path) => virtual.has(path) || fileExists.call(host, path),
    readFile: (path) => virtual.get(path) ?? readFile.call(host, path),
  };
}
