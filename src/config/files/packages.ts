import { existsSync, readFileSync, realpathSync } from "node:fs";
import { isBuiltin } from "node:module";
import { dirname, extname, join, resolve, sep } from "node:path";
import { homeFolder, parentsOf } from "../../kit/folders.ts";
import { importedNames } from "./imports.ts";
import { SOURCE_CODE, type Source } from "./sources.ts";

/** An import by a name that is no path: of a package, or of what a `package.json` calls so (`#…`). */
const PACKAGE = /^(?!file:)[^."'`/\n\s][^"'`\n\s]{0,400}$/;

/** Where the code of packages comes from. */
export interface PackagePlaces {
  readonly folders: readonly string[];
  readonly files: readonly string[];
}

/**
 * Where a nearer or another package could take the place of one that `sources` import: every `node_modules` that the loader would
 * look into, for the packages that those import in turn too, and the real folder of one that is only linked there; and each
 * `package.json` that says what a name means. None of them needs to be there.
 * @param given names that are answered by this program itself, whatever is installed
 */
export function packagesOf(sources: readonly Source[], given: readonly string[]): PackagePlaces {
  const folders = new Set<string>();
  const files = new Set<string>();
  for (const { path, text } of sources) {
    if (!SOURCE_CODE.test(extname(path))) continue;
    for (const name of importedNames(text)) {
      if (!PACKAGE.test(name)) continue;
      if (given.includes(name) || isBuiltin(name)) continue;
      for (const file of describing(path)) files.add(file);
      if (name.startsWith("#")) for (const file of meant(path, name)) files.add(file);
      for (const folder of foldersOf(path, name)) folders.add(folder);
    }
  }
  return { folders: [...folders], files: [...files] };
}

/** Every `node_modules` that Node would look into from this file on, the nearest first. */
export function moduleFolders(file: string): string[] {
  return parentsOf(file)
    .filter((at) => !at.endsWith(`${sep}node_modules`))
    .map((at) => join(at, "node_modules"));
}

function foldersOf(importer: string, name: string): string[] {
  const near = moduleFolders(importer);
  const everywhere = [...near, ...elsewhere()];
  const packageName = name.split("/", name.startsWith("@") ? 2 : 1).join("/");
  const linked = everywhere.flatMap((folder) => {
    const real = realFolder(join(folder, packageName));
    if (real === undefined || isBelow(real, folder)) return [];
    return [real, ...moduleFolders(join(real, "index.js"))];
  });
  return [...everywhere, ...linked];
}

/** `require` looks there last. */
function elsewhere(): string[] {
  const listed = (process.env["NODE_PATH"] ?? "").split(":").filter((at) => at.startsWith("/"));
  const home = homeFolder();
  return home === undefined
    ? listed
    : [...listed, join(home, ".node_modules"), join(home, ".node_libraries")];
}

/** The `package.json` that a file belongs to, and those that would come before it. */
function describing(file: string): string[] {
  const found: string[] = [];
  for (const at of parentsOf(file)) {
    found.push(join(at, "package.json"));
    if (existsSync(join(at, "package.json"))) break;
  }
  return found;
}

/** The files that a `package.json` gives for `#…`, by whatever condition. */
function meant(importer: string, name: string): string[] {
  const file = describing(importer).at(-1) ?? "";
  const found: string[] = [];
  const collect = (value: unknown) => {
    if (typeof value === "string" && value.startsWith("./"))
      found.push(resolve(dirname(file), value));
    else if (typeof value === "object" && value !== null) Object.values(value).forEach(collect);
  };
  try {
    const { imports = {} } = JSON.parse(readFileSync(file, "utf8")) as { imports?: object };
    for (const [key, value] of Object.entries(imports))
      if (key === name || key.includes("*")) collect(value);
  } catch {
    // None, or none that can be read: the loader tells.
  }
  return found;
}

function realFolder(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

function isBelow(path: string, folder: string): boolean {
  const real = realFolder(folder);
  return real !== undefined && path.startsWith(real + sep);
}
