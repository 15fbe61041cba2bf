import { existsSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { expect, it } from "vitest";
import {
  anchorsOf,
  linksOf,
  type Page,
  parsePage,
  readPage,
  ROOT,
  userPages,
} from "../helpers/markdown.ts";

const PAGES = [...userPages(), readPage("AGENTS.md"), readPage("CHANGELOG.md")];

it("every link between the docs leads to a file and a heading that are there", () => {
  const wrong = parsePage(
    "docs/wrong.md",
    "# One\n\n[a](gone.md) [b](#one) [c](#two) [d](4.inside/1.call.md#start) [`e`](4.inside/1.call.md#gone)",
  );

  expect(linkProblems(wrong)).toEqual([
    "docs/wrong.md:3: there is no file `gone.md`",
    "docs/wrong.md:3: there is no heading `#two`",
    "docs/wrong.md:3: there is no heading `4.inside/1.call.md#gone`",
  ]);
  expect(PAGES.flatMap(linkProblems)).toEqual([]);
});

it("every page of the docs can be reached from the README", () => {
  const reached = new Set(["README.md"]);
  for (const file of reached)
    for (const { target } of linksOf(readPage(file))) {
      const [path = ""] = target.split("#");
      const to = normalize(join(dirname(file), path));
      if (to.startsWith("docs/") && to.endsWith(".md")) reached.add(to);
    }

  const pages = userPages().map(({ file }) => file);
  expect(pages.filter((file) => file.startsWith("docs/") && !reached.has(file))).toEqual([]);
});

function linkProblems(page: Page): string[] {
  return linksOf(page).flatMap(({ line, target }) => {
    const [path = "", anchor] = target.split("#");
    if (/^[a-z]+:/.test(target)) return [];
    const to = path === "" ? page.file : normalize(join(dirname(page.file), path));
    if (path !== "" && !existsSync(join(ROOT, to)))
      return [`${page.file}:${line}: there is no file \`${path}\``];
    if (anchor === undefined) return [];
    const anchors = anchorsOf(path === "" ? page : readPage(to));
    return anchors.has(anchor) ? [] : [`${page.file}:${line}: there is no heading \`${target}\``];
  });
}
