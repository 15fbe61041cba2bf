import { readdirSync, readlinkSync, statSync } from "node:fs";
import { dirname, join } from "node:path";

/** Links that lead to one another are followed so often, as Linux does. */
const MOST_LINKS = 40;

/** Where a path leads. */
export type Place =
  | { readonly kind: "path"; readonly path: string }
  /** Below `/proc`: it is another file for each process that asks. */
  | { readonly kind: "process" }
  /** Links without an end: nobody can write there. */
  | { readonly kind: "nowhere" };

/**
 * Follows every link of an absolute path, also one whose last parts are not there yet, as the system would at the moment of
 * writing: `..` after a link is the parent of what the link leads to.
 */
export function placeOf(path: string): Place {
  const waiting = path.split("/").toReversed();
  let at = "/";
  let links = 0;
  for (let part = waiting.pop(); part !== undefined; part = waiting.pop()) {
    if (part === "" || part === ".") continue;
    if (part === "..") {
      at = dirname(at);
      continue;
    }
    const next = join(at, part);
    if (next === "/proc") return { kind: "process" };
    const link = linkAt(next);
    if (link === undefined) {
      at = next;
      continue;
    }
    if (++links > MOST_LINKS) return { kind: "nowhere" };
    waiting.push(...link.split("/").toReversed());
    if (link.startsWith("/")) at = "/";
  }
  return { kind: "path", path: at };
}

/** One file or folder, whatever it is called; `undefined`: it is not there. */
export function identityOf(path: string): string | undefined {
  const found = looked(path);
  return found && `${found.dev}:${found.ino}`;
}

/** Whether a file has more than one name. */
export function hasMoreNames(path: string): boolean {
  const found = looked(path);
  return found !== undefined && found.isFile() && found.nlink > 1n;
}

function looked(path: string) {
  try {
    return statSync(path, { bigint: true, throwIfNoEntry: false });
  } catch {
    // A name that is too long, or a folder that we may not look into: no tool of ours can write there either.
    return undefined;
  }
}

/** The files below a folder; `undefined`: they are more than so many. */
export function filesBelow(folder: string, most: number): string[] | undefined {
  const files: string[] = [];
  const waiting = [folder];
  // Folders count too: a search through empty ones would not end either.
  let left = most;
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    for (const entry of entriesOf(at)) {
      if (--left < 0) return undefined;
      if (entry.isDirectory()) waiting.push(join(at, entry.name));
      else files.push(join(at, entry.name));
    }
  }
  return files;
}

/** The same for names that a file system may take for one: letters of either case, and composed in either way. */
export function folded(path: string): string {
  return path.normalize("NFC").toLowerCase();
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    // Not there, or not ours to look at: then no tool of ours can either.
    return [];
  }
}

function linkAt(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    // No link, or nothing at all.
    return undefined;
  }
}
