import { existsSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { expect, it } from "vitest";
import own from "../../package.json" with { type: "json" };
import {
  anchorsOf,
  linksOf,
  type Page,
  parsePage,
  readPage,
  ROOT,
  userPages,
} from "../helpers/markdown.ts";

const START = "docs/1.guide/1.start.md";
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

it("every link of a page that is in the package leads to a file that is in it too", () => {
  const files = [...own.files, "README.md", "LICENSE", "package.json"];
  const isPacked = (file: string) =>
    files.some((each) => file === each || file.startsWith(`${each}/`));
  const pages = [...PAGES, readPage("SECURITY.md")].filter(({ file }) => isPacked(file));
  const outside = pages.flatMap((page) =>
    linksOf(page).flatMap(({ line, target }) => {
      const [path = ""] = target.split("#");
      if (path === "" || /^[a-z]+:/.test(target)) return [];
      return isPacked(normalize(join(dirname(page.file), path)))
        ? []
        : [`${page.file}:${line}: ${path}`];
    }),
  );

  expect(outside).toEqual([]);
  expect(pages.map(({ file }) => file)).toEqual(expect.arrayContaining(["README.md", START]));
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
