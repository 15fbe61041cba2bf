import { mkdtemp } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { H2mError } from "../errors.ts";

type Variables = Readonly<Record<string, string | undefined>>;

/** The user's home folder. `undefined`: there is none, as for a user number without an entry in the system's list, in a container. */
export function homeFolder(variables: Variables = process.env): string | undefined {
  if (variables["HOME"]) return variables["HOME"];
  try {
    return homedir();
  } catch {
    // That there is none is what `undefined` says.
    return undefined;
  }
}

/** The folder for what lasts no longer than we do: that of TMPDIR, from our own folder where it is a relative one. */
export function temporaryFolder(): string {
  return resolve(tmpdir());
}

/** A new private folder (0700) in the temporary one. @throws H2mError that says what to do */
export async function makeTemporaryFolder(
  prefix: string,
  parent: string = temporaryFolder(),
): Promise<string> {
  try {
    return await mkdtemp(join(parent, prefix));
  } catch (error) {
    throw temporaryTrouble(error, parent);
  }
}

/** What is wrong with the temporary folder, in words, or the error itself where it is something else. */
export function temporaryTrouble(error: unknown, folder: string): unknown {
  const { code } = error as NodeJS.ErrnoException;
  const [wrong, remedy] = TROUBLES[code ?? ""] ?? [];
  if (wrong === undefined) return error;
  const variable = ["TMPDIR", "TMP", "TEMP"].find((name) => process.env[name]);
  const named = variable === undefined ? "" : ` (${variable})`;
  return new H2mError("internal", `The temporary folder \`${folder}\`${named} ${wrong}.`, {
    hint: `${remedy}, or set TMPDIR to another folder.`,
    cause: error,
  });
}

const TROUBLES: Readonly<Record<string, readonly [wrong: string, remedy: string]>> = {
  ENOENT: ["is not there", "Make it"],
  ENOTDIR: ["is no folder", "Make it one"],
  ELOOP: ["is a link that leads in a circle", "Make it a folder"],
  EACCES: ["may not be written by this user", "Allow it"],
  EPERM: ["may not be written by this user", "Allow it"],
  EROFS: ["is on a file system that is read-only", "Mount it for writing"],
  ENOSPC: ["is full", "Make room"],
  EDQUOT: ["is full for this user", "Make room"],
  ENAMETOOLONG: ["has a name that is too long", "Shorten it"],
};

/** The folders that a path lies in, the nearest first. */
export function parentsOf(path: string): string[] {
  const parents: string[] = [];
  for (let at = dirname(path); parents.at(-1) !== at; at = dirname(at)) parents.push(at);
  return parents;
}
