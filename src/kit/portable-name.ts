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

/**
 * A name that every client takes for each of a list of tools, whatever their order: its own where it is one, else one made
 * of it (`a.b` → `a_b`), shortened, and marked with a hash of the old one, where that is needed to be unique.
 */
export function portableNames(names: Iterable<string>): ReadonlyMap<string, string> {
  const all = [...new Set(names)];
  const found = new Map(all.filter(isPortableName).map((name) => [name, name]));
  const taken = new Set(found.keys());
  for (const name of all.filter((each) => !isPortableName(each)).toSorted()) {
    for (const candidate of candidates(name)) {
      if (taken.has(candidate)) continue;
      taken.add(candidate);
      found.set(name, candidate);
      break;
    }
  }
  return found;
}

function* candidates(name: string): Generator<string> {
  const clean = name.replace(/[^A-Za-z0-9_-]+/g, "_");
  const telling = /[A-Za-z0-9]/.test(clean) ? clean : "tool";
  if (telling === clean && isPortableName(clean)) yield clean;
  const hash = createHash("sha256").update(name).digest("hex");
  for (let digits = 6; digits < PORTABLE_LENGTH; digits++) {
    const start = telling.slice(0, PORTABLE_LENGTH - digits - 1);
    yield `${start}_${hash.slice(0, digits)}`;
  }
}
