import { readFileSync, statSync } from "node:fs";
import { dirname, extname, resolve } from "node:path";
import { importedNames } from "./imports.ts";

/** A file that a config is made of. */
export interface Source {
  readonly path: string;
  /** Empty for one that is no text of reasonable size: it is known, but not looked into. */
  readonly text: string;
}

/** What an import may leave out, and what it may call by the name of its built form. */
const EXTENSIONS = ["", ".ts", ".mts", ".cts", ".js", ".mjs", ".cjs", ".json"];
/** The ends of names of files that are loaded as code. */
export const SOURCE_CODE = /^\.([cm]?[jt]s|json)$/;
/** No source is longer, in bytes. */
const LONGEST = 1_000_000;
/** A config is made of no more files. */
const MOST = 1_000;
/** Every text between quotes on one line: also the name of a file that is read, or of a program. */
const QUOTED = /(["'`])((?:\\.|(?!\1)[^\\\n]){1,400})\1/g;
/** An import by a path. */
const PATH = /^(?:file:|\.{0,2}\/)/;
/** How a source reads a `.env`. */
const READS_ENV = /\bloadEnvFile\b|\bdotenv\b|\.env\b/;

/**
 * The files that a config is made of: the given ones, what they import, and other files that they name, such as one that they
 * read, or a program. Found by looking at their texts, before anything runs. Packages from npm are not followed.
 */
export function sourcesOf(entries: readonly string[]): readonly Source[] {
  const found = new Map<string, Source>();
  const named = new Set<string>();
  const waiting = [...entries];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (found.has(path) || found.size >= MOST) continue;
    const source = { path, text: textOf(path) };
    found.set(path, source);
    if (!SOURCE_CODE.test(extname(path))) continue;
    waiting.push(...importsOf(source));
    for (const file of namedBy(source)) named.add(file);
  }
  // What a file of these names in turn is its own affair: it may be anything of the project.
  for (const path of named) if (!found.has(path)) found.set(path, { path, text: textOf(path) });
  return [...found.values()];
}

/** Files that a source would read if they were there. */
export function wantedBy({ path, text }: Source): string[] {
  if (!SOURCE_CODE.test(extname(path))) return [];
  const folders = [dirname(path), process.cwd()];
  const named = [...text.matchAll(QUOTED)].map(([, , name = ""]) => name);
  const missing = named.filter((name) => /^\.{0,2}\/./.test(name) && extname(name) !== "");
  const environment = READS_ENV.test(text) ? [".env", ".env.local"] : [];
  const all = folders.flatMap((folder) =>
    [...missing, ...environment].map((name) => resolve(folder, name)),
  );
  return [...all, ...beforeImports(path, text)];
}

/** Where an import leaves its ending out, another file of that name may be loaded in place of the one that is there. */
function beforeImports(path: string, text: string): string[] {
  const open = pathsIn(path, text).filter((whole) => !SOURCE_CODE.test(extname(whole)));
  return open.flatMap((whole) =>
    EXTENSIONS.flatMap((end) => [whole + end, resolve(whole, `index${end}`)]),
  );
}

function importsOf({ path, text }: Source): string[] {
  return pathsIn(path, text).flatMap((whole) => {
    // `./rules.js` may be written for `./rules.ts`.
    const bare = whole.replace(/\.([cm]?)js$/, ".$1ts");
    const all = EXTENSIONS.flatMap((end) => [whole + end, resolve(whole, `index${end}`)]);
    return [...all, bare].filter(isFile);
  });
}

/** The paths that a source imports. A name is a URL, too: with a query, a fragment or percent signs, which may also be the file's own. */
function pathsIn(path: string, text: string): string[] {
  return importedNames(text)
    .filter((name) => PATH.test(name) && !name.includes("\0"))
    .flatMap((name) => {
      const bare = name.replace(/[?#].*$/, "");
      return [...new Set([name, bare, decoded(bare)])];
    })
    .map((name) => resolve(dirname(path), withoutScheme(name)));
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name).replaceAll("\0", "");
  } catch {
    // Percent signs that mean themselves.
    return name;
  }
}

function namedBy({ path, text }: Source): string[] {
  const folders = [dirname(path), process.cwd()];
  return [...text.matchAll(QUOTED)].flatMap(([, , name = ""]) => {
    if (name.includes("\0") || !/[./]/.test(name)) return [];
    return folders.map((folder) => resolve(folder, withoutScheme(name))).filter(isFile);
  });
}

function withoutScheme(name: string): string {
  return name.startsWith("file://") ? name.slice("file://".length) : name;
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    // A text that is no path, or of something that nobody may look at.
    return false;
  }
}

function textOf(path: string): string {
  try {
    return statSync(path).size > LONGEST ? "" : readFileSync(path, "utf8");
  } catch {
    // Gone, or not readable: whoever loads it tells.
    return "";
  }
}
