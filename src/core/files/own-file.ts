import { constants, type Stats } from "node:fs";
import { type FileHandle, link, lstat, mkdir, open, stat, writeFile } from "node:fs/promises";
import { replaceFile, withDraft } from "./whole-file.ts";
import { ownUser } from "./writers.ts";

/**
 * Makes a folder of ours (0700), with those above it, or closes the one that is there to others.
 * @throws an Error whose message says what is wrong with it
 */
export async function makeOwnFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  await isOwnFolder(path);
  const folder = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await closeToOthers(folder, await folder.stat());
  } finally {
    await folder.close();
  }
}

/** Whether there is such a folder. @throws an Error if it belongs to somebody else */
export async function isOwnFolder(path: string): Promise<boolean> {
  try {
    // A link of somebody else could lead to any folder of ours.
    for (const stats of [await lstat(path), await stat(path)]) ofOurs(path, stats);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}

/**
 * The text of a file that is ours alone; it is closed to others where they could read it. `undefined`: there is none.
 * @throws an Error if it belongs to somebody else, is a link, or could be written by others
 */
export async function readOwnFile(path: string): Promise<string | undefined> {
  const file = await opened(path);
  if (!file) return undefined;
  try {
    const stats = await file.stat();
    if (!stats.isFile()) throw new Error(`\`${path}\` is no file`);
    ofOurs(path, stats);
    // Whoever could write it may have put there what stands in it.
    if ((stats.mode & 0o022) !== 0) throw new Error(`other users may write \`${path}\``);
    await closeToOthers(file, stats);
    return await file.readFile("utf8");
  } finally {
    await file.close();
  }
}

/** Makes a file of ours (0600), whole from its first moment. Of several at once one makes it; one that is there stays as it is. */
export async function makeOwnFile(path: string, text: string): Promise<void> {
  const once = { mode: 0o600, flag: "wx" };
  await withDraft(path, text, 0o600, async (draft) => {
    try {
      await link(draft, path).catch((error: NodeJS.ErrnoException) => {
        // A file system without hard links.
        if (["EPERM", "ENOTSUP", "ENOSYS"].includes(error.code ?? ""))
          return writeFile(path, text, once);
        throw error;
      });
    } catch (error) {
      // Another one was first.
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  });
}

/** Makes a file of ours (0600), or replaces the one that is there, whole or not at all. */
export function replaceOwnFile(path: string, text: string): Promise<void> {
  return replaceFile(path, text, 0o600);
}

async function opened(path: string): Promise<FileHandle | undefined> {
  try {
    // Without waiting for the other end of a pipe.
    return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    throw code === "ELOOP" ? new Error(`\`${path}\` is a link, and none is followed`) : error;
  }
}

async function closeToOthers(file: FileHandle, { mode }: Stats): Promise<void> {
  if ((mode & 0o077) !== 0) await file.chmod(mode & 0o700);
}

function ofOurs(path: string, { uid }: Stats): void {
  const me = ownUser();
  if (me === undefined || uid === me) return;
  throw new Error(`\`${path}\` belongs to another user (uid ${uid}, and this is uid ${me})`);
}
