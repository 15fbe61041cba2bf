import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { H2mError } from "../errors.ts";

/** The private folder (0700) of one host. */
export class Home {
  static readonly #all = new Set<string>();
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
    Home.#all.add(path);
  }

  /** Those of this process that have not been removed. */
  static all(): readonly string[] {
    return [...Home.#all];
  }

  static async create(harness: string): Promise<Home> {
    // mkdtemp makes the folder with mode 0700.
    return new Home(await mkdtemp(join(tmpdir(), `h2m-${harness.replaceAll(/[^\w-]/g, "_")}-`)));
  }

  /** Writes a launch plan's files: 0600, or 0700 for a script. */
  async write(files: Readonly<Record<string, string>>): Promise<void> {
    for (const [name, text] of Object.entries(files)) {
      const path = await this.#place(name);
      const mode = text.startsWith("#!") ? 0o700 : 0o600;
      await writeFile(path, text, { mode });
      await chmod(path, mode);
    }
  }

  /** Makes a launch plan's links. */
  async link(links: Readonly<Record<string, string>>): Promise<void> {
    for (const [name, target] of Object.entries(links))
      await symlink(target, await this.#place(name));
  }

  async remove(): Promise<void> {
    // A process that is about to end may still write: try again rather than leave a folder behind.
    await rm(this.path, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
    Home.#all.delete(this.path);
  }

  async #place(name: string): Promise<string> {
    const path = join(this.path, name);
    if (relative(this.path, path).startsWith("..")) {
      throw new H2mError(
        "internal",
        `A launch plan names the file \`${name}\` outside of its private folder.`,
      );
    }
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    return path;
  }
}
