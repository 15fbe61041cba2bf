import { rename, rm, writeFile } from "node:fs/promises";
import { randomSecret } from "../../kit/secrets.ts";

/**
 * Writes a file whole, or not at all: whoever reads it meanwhile finds the old text or the new one.
 * `mode`: of the file. @default 0o666 less the umask
 */
export function replaceFile(path: string, text: string, mode = 0o666): Promise<void> {
  return withDraft(path, text, mode, (draft) => rename(draft, path));
}

/**
 * Lets `place` put a finished draft where it belongs. The draft stands beside `path` under a name that nobody can guess, and is
 * made there by us: in a folder that others may write to, a link that waits under its name would lead our text into any file of
 * the user.
 */
export async function withDraft(
  path: string,
  text: string,
  mode: number,
  place: (draft: string) => Promise<void>,
): Promise<void> {
  const draft = `${path}.${randomSecret()}`;
  try {
    await writeFile(draft, text, { mode, flag: "wx" });
    await place(draft);
  } finally {
    await rm(draft, { force: true });
  }
}
