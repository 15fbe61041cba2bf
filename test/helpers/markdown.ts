import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** A fenced block of code. */
export interface Block {
  /** What stands behind the fence, such as `ts`; else empty. */
  readonly language: string;
  /** Its first line of code, counted from 1. */
  readonly line: number;
  /** The nearest heading above, with its code marks. */
  readonly heading: string;
  readonly text: string;
}

/** One page, and where its parts stand. */
export interface Page {
  /** Below the repository's root, such as `docs/1.guide/1.start.md`. */
  readonly file: string;
  readonly blocks: readonly Block[];
  /** Everything else, by its line: code blocks are empty lines here. */
  readonly prose: readonly string[];
}

/** A line of a table: its cells as they are written, without the space around them. */
export interface Row {
  readonly line: number;
  readonly cells: readonly string[];
  /** The nearest heading above, with its code marks. */
  readonly heading: string;
}

/** The pages for users and plugin authors: the README, `docs`, and what the templates bring. */
export function userPages(): Page[] {
  const below = ["docs", "templates"].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith(".md"))
      .map((entry) => relative(ROOT, join(entry.parentPath, entry.name))),
  );
  return ["README.md", ...below.filter((file) => !file.includes("node_modules")).toSorted()].map(
    readPage,
  );
}

export function readPage(file: string): Page {
  return parsePage(file, readFileSync(join(ROOT, file), "utf8"));
}

export function parsePage(file: string, text: string): Page {
  const blocks: Block[] = [];
  const prose: string[] = [];
  let heading = "";
  let open: (Omit<Block, "text"> & { fence: string; code: string[] }) | undefined;
  for (const [at, line] of text.split("\n").entries()) {
    const [, indent = "", fence, language = ""] = /^(\s*)(`{3,}|~{3,})\s*(\S*)/.exec(line) ?? [];
    if (open === undefined && fence !== undefined) {
      open = { fence: indent + fence, language, line: at + 2, heading, code: [] };
    } else if (open !== undefined && line === open.fence) {
      const { fence: _, code, ...block } = open;
      blocks.push({ ...block, text: code.join("\n") });
      open = undefined;
    } else if (open === undefined) {
      heading = headingOf(line) ?? heading;
    } else {
      open.code.push(line);
    }
    prose.push(open === undefined && fence === undefined ? line : "");
  }
  if (open !== undefined) throw new Error(`${file}:${open.line - 1}: the block has no end.`);
  return { file, blocks, prose };
}

function headingOf(line: string): string | undefined {
  return /^#{1,6} +(.+?) *#*$/.exec(line)?.[1];
}

/** What stands between backticks in a text. */
export function codeSpans(text: string): string[] {
  return [...text.matchAll(/(`+)(.+?)\1(?!`)/g)].map(([, , code = ""]) => code.trim());
}

/** All lines of all tables, without their heads. */
export function rowsOf({ prose }: Page): Row[] {
  const rows: Row[] = [];
  let heading = "";
  let inBody = false;
  for (const [at, line] of prose.entries()) {
    heading = headingOf(line) ?? heading;
    if (/^\|[ :|-]+\|$/.test(line)) inBody = true;
    else if (!line.startsWith("|")) inBody = false;
    else if (inBody) rows.push({ line: at + 1, cells: cellsOf(line), heading });
  }
  return rows;
}

function cellsOf(line: string): string[] {
  const inner = line.replace(/^\|/, "").replace(/\|\s*$/, "");
  return inner.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|"));
}

/** The anchors that GitHub gives the headings of a page. */
export function anchorsOf({ prose }: Page): Set<string> {
  const anchors = new Set<string>();
  for (const line of prose) {
    const text = headingOf(line);
    if (text === undefined) continue;
    const plain = text.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1").toLowerCase();
    const slug = plain.replaceAll(/[^\p{L}\p{N}\s_-]/gu, "").replaceAll(" ", "-");
    let anchor = slug;
    for (let n = 1; anchors.has(anchor); n++) anchor = `${slug}-${n}`;
    anchors.add(anchor);
  }
  return anchors;
}

/** The targets of a page's links, with their lines. */
export function linksOf({ prose }: Page): { line: number; target: string }[] {
  return prose.flatMap((line, at) => {
    // The text of a link may be code; code that looks like a link is none.
    const text = line.replaceAll(/(`+)(.+?)\1(?!`)/g, "code");
    return [...text.matchAll(/\]\(<?([^)\s>]+)>?\)/g)].map(([, target = ""]) => ({
      line: at + 1,
      target,
    }));
  });
}
