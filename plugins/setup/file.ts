import { randomUUID } from "node:crypto";
import {
  chmod,
  chown,
  lstat,
  mkdir,
  readFile,
  readlink,
  realpath,
  rename,
  rm,
  stat,
  writeFile,
} from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { H2mError, visible } from "../../src/plugin.ts";

/** A file as it was read. */
export interface Found {
  /** As the client names it. */
  readonly file: string;
  /** Where it is when all links are followed: there it is written. */
  readonly target: string;
  readonly text: string | undefined;
  readonly mode: number | undefined;
  readonly owner: { readonly uid: number; readonly gid: number } | undefined;
}

/** Most links one after the other. */
const MOST_LINKS = 32;
/** Most backups of one file. */
const MOST_BACKUPS = 1_000;

/** @throws H2mError `bad-config` for what is no file of text */
export async function readFound(file: string): Promise<Found> {
  const target = await targetOf(file);
  const bytes = await orNothing(readFile(target));
  if (!bytes) return { file, target, text: undefined, mode: undefined, owner: undefined };
  const text = bytes.toString("utf8");
  if (!Buffer.from(text).equals(bytes))
    throw new H2mError("bad-config", `\`${visible(file)}\` is no UTF-8. Nothing was written.`, {
      hint: "Save it as UTF-8, and write the command again.",
    });
  const { mode, uid, gid } = await stat(target);
  return { file, target, text, mode: mode & 0o777, owner: { uid, gid } };
}

/** The texts of what was kept before, the newest last. */
export async function backupsOf({ file }: Found): Promise<readonly string[]> {
  const texts: string[] = [];
  for (const path of backupPaths(file)) {
    const text = await orNothing(readFile(path, "utf8"));
    if (text === undefined) break;
    texts.push(text);
  }
  return texts;
}

/** Keeps the text beside the file, if that is not kept already; an older one stays. Gives its path. */
export async function backUp({ file, text, mode = 0o600 }: Found): Promise<string | undefined> {
  if (text === undefined) return undefined;
  for (const path of backupPaths(file)) {
    const kept = await orNothing(readFile(path, "utf8"));
    if (kept === text) return path;
    if (kept !== undefined) continue;
    // Nothing that stands there is written through, also no link that leads nowhere yet.
    await writeFile(path, text, { mode, flag: "wx" });
    await chmod(path, mode);
    return path;
  }
  throw new H2mError("internal", `There are ${MOST_BACKUPS} backups of \`${visible(file)}\`.`, {
    hint: "Remove some.",
  });
}

/** Writes the file whole, or takes it away. `false`: somebody has changed it meanwhile, and nothing was done. */
export async function replace(
  found: Found,
  text: string | undefined,
  modeOfNew: number,
): Promise<boolean> {
  const { target, owner } = found;
  await mkdir(dirname(target), { recursive: true });
  const draft = `${target}.${randomUUID()}`;
  const mode = found.mode ?? modeOfNew;
  try {
    if (text !== undefined) {
      await writeFile(draft, text, { mode, flag: "wx" });
      await chmod(draft, mode);
      if (owner && owner.uid !== process.getuid?.()) await chown(draft, owner.uid, owner.gid);
    }
    const now = await orNothing(readFile(target, "utf8"));
    if (now !== found.text) return false;
    if (text === undefined) await rm(target, { force: true });
    else await rename(draft, target);
    return true;
  } finally {
    await rm(draft, { force: true });
  }
}

function* backupPaths(file: string): Generator<string> {
  yield `${file}.h2m-backup`;
  for (let number = 2; number <= MOST_BACKUPS; number++) yield `${file}.h2m-backup-${number}`;
}

/** Also of a link that leads to nothing yet. */
async function targetOf(file: string): Promise<string> {
  let at = file;
  for (let links = 0; links < MOST_LINKS; links++) {
    const real = await orNothing(realpath(at));
    if (real !== undefined) return real;
    const isLink = (await orNothing(lstat(at)))?.isSymbolicLink();
    if (!isLink) return at;
    at = resolve(dirname(at), await readlink(at));
  }
  throw new H2mError("bad-config", `\`${visible(file)}\` is a link that leads in a circle.`);
}

/** @throws what it rejects with, but for a file that is not there */
async function orNothing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw error;
  }
}
