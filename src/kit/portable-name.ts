import { createHash } from "node:crypto";

/**
 * How long a tool's name may be. LLM APIs take 64 characters, and clients put their own name for the server before it:
 * Claude Code `mcp__<server>__`, Codex the same, Gemini CLI `mcp_<server>_`, VS Code up to 18 characters; Cursor leaves
 * tools out whose server and name together have more than 60. So 40 leaves room for a server name of 17.
 */
export const PORTABLE_LENGTH = 40;

const PORTABLE = new RegExp(`^[A-Za-z0-9_-]{1,${PORTABLE_LENGTH}}$`);

/** Whether every client takes a tool of this name. */
export function isPortableName(name: string): boolean {
  return PORTABLE.test(name);
}

/** What a shortened name needs at least: `_` and six digits. */
const LEAST = 7;

/**
 * A name that every client takes for each of a list of tools, whatever their order: its own where it is one, else one made
 * of it (`a.b` → `a_b`), shortened, and marked with a hash of the old one, where that is needed to be unique.
 * @param before what will stand before each of them, and counts: the names found are as much shorter
 */
export function portableNames(names: Iterable<string>, before = ""): ReadonlyMap<string, string> {
  const room = Math.max(LEAST, PORTABLE_LENGTH - before.length);
  const fits = (name: string) => isPortableName(name) && name.length <= room;
  const all = [...new Set(names)];
  const found = new Map(all.filter(fits).map((name) => [name, name]));
  const taken = new Set(found.keys());
  for (const name of all.filter((each) => !fits(each)).toSorted()) {
    for (const candidate of candidates(name, room)) {
      if (taken.has(candidate)) continue;
      taken.add(candidate);
      found.set(name, candidate);
      break;
    }
  }
  return found;
}

/** Without end: one of them is free. */
function* candidates(name: string, room: number): Generator<string> {
  const clean = name.replace(/[^A-Za-z0-9_-]+/g, "_");
  const telling = /[A-Za-z0-9]/.test(clean) ? clean : "tool";
  if (telling === clean && clean.length <= room) yield clean;
  for (let again = ""; ; again += "+") {
    const hash = createHash("sha256")
      .update(name + again)
      .digest("hex");
    for (let digits = LEAST - 1; digits < room; digits++)
      yield `${telling.slice(0, room - digits - 1)}_${hash.slice(0, digits)}`;
  }
}
