import type { Stats } from "node:fs";
import { lstat, readlink } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";

/** Linux follows no more either. */
const MOST_LINKS = 40;

/** The user that this process acts as; `undefined` where users have no numbers. */
export function ownUser(): number | undefined {
  return process.geteuid?.();
}

/**
 * What lets another user than us and root change what a file holds, as the end of a sentence: of the file itself, of every
 * folder on its way, also behind links, and of the links. `undefined`: nothing does.
 *
 * In a sticky folder (`/tmp`) others cannot move what is ours away. A group that has its owner's own number is that user's alone,
 * as most systems make it. Access lists (ACLs) are seen as far as the mode shows them.
 * @throws what `lstat` throws, such as ENOENT
 */
export async function otherWriter(path: string): Promise<string | undefined> {
  const me = ownUser();
  if (me === undefined) return undefined;
  let at = "/";
  let links = 0;
  const rest = resolve(path).split("/");
  const root = reasonOf(at, await lstat(at), me);
  if (root !== undefined) return root;
  for (let name = rest.shift(); name !== undefined; name = rest.shift()) {
    if (name === "" || name === ".") continue;
    if (name === "..") {
      at = dirname(at);
      continue;
    }
    const next = join(at, name);
    const stats = await lstat(next);
    const reason = reasonOf(next, stats, me);
    if (reason !== undefined) return reason;
    if (!stats.isSymbolicLink()) {
      at = next;
      continue;
    }
    links += 1;
    if (links > MOST_LINKS) return `\`${next}\` is a link without an end`;
    const target = await readlink(next);
    if (target.startsWith("/")) at = "/";
    rest.unshift(...target.split("/"));
  }
  return undefined;
}

function reasonOf(path: string, stats: Stats, me: number): string | undefined {
  const { uid, gid, mode } = stats;
  const what = stats.isSymbolicLink() ? "link" : stats.isDirectory() ? "folder" : "file";
  if (uid !== me && uid !== 0)
    return `the ${what} \`${path}\` belongs to another user (uid ${uid})`;
  // A link's own mode says nothing.
  if (what === "link" || (what === "folder" && (mode & 0o1000) !== 0)) return undefined;
  if ((mode & 0o002) !== 0) return `every user may write the ${what} \`${path}\``;
  if ((mode & 0o020) !== 0 && gid !== uid)
    return `the group ${gid} may write the ${what} \`${path}\``;
  return undefined;
}
