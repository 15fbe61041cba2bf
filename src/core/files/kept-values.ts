import { createHash } from "node:crypto";
import { join } from "node:path";
import { isOwnFolder, makeOwnFolder, readOwnFile, replaceOwnFile } from "./own-file.ts";

/** Values of earlier starts, in files (0600) of a folder of ours: what saves a start, and can be made anew. */
export class KeptValues {
  readonly #folder: string;
  readonly #version: string;
  readonly #warn: (message: string) => void;
  #warned = false;

  /** `version`: of h2m; another one may have meant something else by a value. */
  constructor(folder: string, version: string, warn: (message: string) => void) {
    this.#folder = folder;
    this.#version = version;
    this.#warn = warn;
  }

  /** `undefined`: there is none, or none that can be read. `key`: whatever decides the value; nothing of it is written. */
  async read(key: unknown): Promise<unknown> {
    try {
      // What others could have put there would decide what clients are told.
      if (!(await isOwnFolder(this.#folder))) return undefined;
      const text = await readOwnFile(this.#pathOf(key));
      return text === undefined ? undefined : JSON.parse(text);
    } catch (error) {
      this.#tell(error as Error);
      return undefined;
    }
  }

  async write(key: unknown, value: unknown): Promise<void> {
    try {
      await makeOwnFolder(this.#folder);
      await replaceOwnFile(this.#pathOf(key), `${JSON.stringify(value)}\n`);
    } catch (error) {
      this.#tell(error as Error);
    }
  }

  #pathOf(key: unknown): string {
    const text = JSON.stringify([this.#version, key]);
    return join(
      this.#folder,
      `${createHash("sha256").update(text).digest("hex").slice(0, 32)}.json`,
    );
  }

  /** Once: without what is kept all goes on, and only more slowly. */
  #tell({ message }: Error): void {
    if (this.#warned) return;
    this.#warned = true;
    this.#warn(`Nothing can be kept in \`${this.#folder}\`: ${message}.`);
  }
}
