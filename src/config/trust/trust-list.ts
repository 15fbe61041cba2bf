import { createHash } from "node:crypto";
import { readdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import {
  isOwnFolder,
  makeOwnFolder,
  readOwnFile,
  replaceOwnFile,
} from "../../core/files/own-file.ts";
import { H2mError } from "../../errors.ts";
import { parseObject, stringOf } from "../../kit/json.ts";

const FILE = /^[\da-f]{64}\.json$/;

/**
 * The folders that the user trusts, by their real paths: a file (0600) for each, so that what one process adds or takes back is
 * not lost to another one that does the same.
 */
export class TrustList {
  readonly #folder: string;

  /** `folder`: of the list, an absolute path. Made with the first entry. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** `folder`: a real path. @throws H2mError `internal` if the list cannot be read, or is not ours alone */
  async has(folder: string): Promise<boolean> {
    return this.#attempt(async () => (await this.#read(nameOf(folder))) === folder);
  }

  /** @throws H2mError `internal` */
  async add(folder: string): Promise<void> {
    await this.#attempt(async () => {
      await makeOwnFolder(dirname(this.#folder));
      await makeOwnFolder(this.#folder);
      const text = `${JSON.stringify({ folder, since: new Date().toISOString() })}\n`;
      await replaceOwnFile(join(this.#folder, nameOf(folder)), text);
    });
  }

  /** Whether it was there. @throws H2mError `internal` */
  async remove(folder: string): Promise<boolean> {
    return this.#attempt(async () => {
      const there = (await this.#read(nameOf(folder))) === folder;
      if (there) await rm(join(this.#folder, nameOf(folder)));
      return there;
    });
  }

  /** In the order of their names. @throws H2mError `internal` */
  async all(): Promise<string[]> {
    return this.#attempt(async () => {
      const files = (await this.#isThere()) ? await readdir(this.#folder) : [];
      const found = await Promise.all(
        files.filter((name) => FILE.test(name)).map((name) => this.#read(name)),
      );
      return found.filter((folder) => folder !== undefined).toSorted();
    });
  }

  /** The folder that an entry names. A damaged one is none: what it named is asked about anew. */
  async #read(name: string): Promise<string | undefined> {
    if (!(await this.#isThere())) return undefined;
    const text = await readOwnFile(join(this.#folder, name));
    const folder = text === undefined ? undefined : stringOf(parseObject(text)?.["folder"]);
    return folder !== undefined && nameOf(folder) === name ? folder : undefined;
  }

  /** What others could have put there is no list of ours. */
  async #isThere(): Promise<boolean> {
    return (await isOwnFolder(dirname(this.#folder))) && (await isOwnFolder(this.#folder));
  }

  async #attempt<T>(act: () => Promise<T>): Promise<T> {
    try {
      return await act();
    } catch (cause) {
      const why = (cause as Error).message;
      const what = `Which folders you trust cannot be kept in \`${this.#folder}\`: ${why}.`;
      const hint =
        "Make it yours alone, or set XDG_STATE_HOME to a folder of yours; `--config FILE` and `--no-config` need no trust.";
      throw new H2mError("internal", what, { hint, cause });
    }
  }
}

/** A path may have any sign in it, and any length. */
function nameOf(folder: string): string {
  return `${createHash("sha256").update(folder).digest("hex")}.json`;
}
