import { appendFileSync, closeSync, constants, fchmodSync, fstatSync, openSync } from "node:fs";
import { H2mError } from "../../src/plugin.ts";

/**
 * No link is followed: in a folder that others may write to, one would lead our lines into any file of the user. And nobody is
 * waited for: the opening of a FIFO without a reader would never end. Windows knows neither.
 */
const FLAGS =
  constants.O_WRONLY |
  constants.O_APPEND |
  constants.O_CREAT |
  (constants.O_NOFOLLOW ?? 0) |
  (constants.O_NONBLOCK ?? 0);

/**
 * Appends to a file that is made if there is none, for the user alone (0600). It is opened anew each time: a file that was
 * rotated or removed is made again.
 * @throws H2mError `bad-config` if it is none of the user's own; else what the system says
 */
export function append(path: string, text: string): void {
  const file = opened(path);
  try {
    mustBeOurs(file, path);
    appendFileSync(file, text);
  } finally {
    closeSync(file);
  }
}

function opened(path: string): number {
  try {
    return openSync(path, FLAGS, 0o600);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // FreeBSD says EMLINK for a link.
    if (code === "ELOOP" || code === "EMLINK") throw refused(path, "is a link");
    if (code === "ENXIO" || code === "EISDIR") throw refused(path, "is no regular file");
    throw error;
  }
}

/** Of the file that is open: by its path another one could be meant by now. */
function mustBeOurs(file: number, path: string): void {
  const { uid, mode, nlink } = fstatSync(file);
  if ((mode & constants.S_IFMT) !== constants.S_IFREG) throw refused(path, "is no regular file");
  const own = process.getuid?.();
  if (own === undefined) return;
  if (uid !== own) throw refused(path, `belongs to another user (uid ${uid})`);
  if (nlink > 1) throw refused(path, "has a second name (a hard link)");
  if ((mode & 0o077) !== 0) fchmodSync(file, 0o600);
}

function refused(path: string, why: string): H2mError {
  return new H2mError("bad-config", `The audit file \`${path}\` ${why}, and is not written to.`, {
    hint: "Remove it, and it is made anew for you alone; or name another one in `audit.file`.",
  });
}
