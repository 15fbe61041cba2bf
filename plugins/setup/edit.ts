import { isDeepStrictEqual } from "node:util";
import { H2mError, isOwnEntry, type JsonObject, objectOf, visible } from "../../src/plugin.ts";
import type { EntryPath, Format } from "./format.ts";

/** A file of servers, as it is. */
export interface Held {
  readonly file: string;
  /** `undefined`: there is none. */
  readonly text: string | undefined;
  /** What it was before earlier changes of ours. */
  readonly backups: readonly string[];
}

/** The entry of that name. `undefined`: there is none. @throws H2mError `bad-config` */
export function entryOf(
  format: Format,
  { text, file }: Pick<Held, "text" | "file">,
  path: EntryPath,
): JsonObject | undefined {
  const servers = path.key.reduce<unknown>(
    (at, key) => objectOf(at)?.[key],
    format.parse(text, file),
  );
  const own = objectOf(servers);
  if (!own || !Object.hasOwn(own, path.name)) return undefined;
  return objectOf(own[path.name]) ?? {};
}

/**
 * The text with the entry as it is wanted: the very same one if it stands there already.
 * @throws H2mError `bad-config` if the file is broken, has somebody else's entry of that name, or could not be given back byte by byte
 */
export function withEntry(format: Format, held: Held, path: EntryPath, entry: object): string {
  const { text, file } = held;
  const found = entryOf(format, held, path);
  if (text !== undefined && found && isSame(found, entry)) return text;
  if (found) mustBeOurs(held, path, found);
  const before = found ? withoutEntry(format, held, path) : text;
  const after = format.add(before, path, entry, file);
  const back = { file, text: after, backups: [] };
  const whole = isSame(entryOf(format, back, path), entry);
  if (whole && format.remove(after, path).includes(before)) return after;
  throw new H2mError(
    "bad-config",
    `\`${visible(file)}\` cannot be changed so that taking the entry away again gives back every byte. Nothing was written.`,
    { hint: `Add this by hand:\n${format.lines(path, entry)}` },
  );
}

/**
 * The text as it was before the entry was added; `undefined` if there was no file. Which of several it was tells `add`, and where
 * that gives the same from two of them, a backup.
 * @throws H2mError `bad-config` if the file is broken, or has somebody else's entry of that name
 */
export function withoutEntry(format: Format, held: Held, path: EntryPath): string | undefined {
  const { text, file, backups } = held;
  const found = entryOf(format, held, path);
  if (text === undefined || !found) return text;
  mustBeOurs(held, path, found);
  const ways = format.remove(text, path);
  const adds = (before: string | undefined) => {
    try {
      return format.add(before, path, found, file) === text;
    } catch {
      // A backup may be of a file that was broken then.
      return false;
    }
  };
  if (ways.length === 0)
    throw new H2mError(
      "bad-config",
      `\`${visible(file)}\` has the entry \`${path.name}\` in a form that cannot be taken away alone. Nothing was written.`,
      { hint: `Take \`${[...path.key, path.name].join(".")}\` away by hand.` },
    );
  const known = ways.filter((way) => way !== undefined && backups.includes(way));
  // A file that we made has no backup.
  const made = ways.filter((way) => way === undefined);
  const right = [...known, ...made, ...ways].filter(adds);
  return right.length > 0 ? right[0] : ways[0];
}

function mustBeOurs({ file }: Held, { name }: EntryPath, found: JsonObject): void {
  if (isOwnEntry(found)) return;
  throw new H2mError(
    "bad-config",
    `\`${visible(file)}\` has an entry \`${visible(name)}\` already that does not start h2m. Nothing was written.`,
    { hint: "Give ours another name: `--name NAME`." },
  );
}

/** As they read when they are written: without what is `undefined`. */
function isSame(found: object | undefined, entry: object): boolean {
  const [one, other] = [found, entry].map((each) => JSON.stringify(each ?? null));
  return isDeepStrictEqual(JSON.parse(one ?? ""), JSON.parse(other ?? ""));
}
