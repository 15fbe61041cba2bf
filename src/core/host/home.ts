import { access, chmod, constants, mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { H2mError } from "../../errors.ts";
import { makeTemporaryFolder, temporaryFolder, temporaryTrouble } from "../../kit/folders.ts";

/** Where else programs may be executed. They are there on each system that has a `noexec`. */
const ELSEWHERE = ["/tmp", "/var/tmp"];

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

  /** @throws H2mError that says what is wrong with the temporary folder */
  static async create(harness: string, parent: string = temporaryFolder()): Promise<Home> {
    const prefix = `h2m-${harness.replaceAll(/[^\w-]/g, "_")}-`;
    return new Home(await makeTemporaryFolder(prefix, parent));
  }

  /**
   * One in which scripts can be executed: a temporary folder may be mounted so that nothing can (`noexec`).
   * @throws H2mError if there is none
   */
  static async createExecutable(harness: string): Promise<Home> {
    const looked = [...new Set([temporaryFolder(), ...ELSEWHERE])];
    for (const parent of looked) {
      // One that is not there, or not ours to write in, is no such place either.
      const home = await Home.create(harness, parent).catch(() => undefined);
      if (await home?.executes()) return home as Home;
      await home?.remove();
    }
    throw new H2mError(
      "harness-exited",
      `\`${harness}\` needs a script, and in the temporary folder nothing can be executed (looked at ${looked.join(", ")}).`,
      { hint: "Set TMPDIR to a folder that is not mounted `noexec`." },
    );
  }

  /** Whether the system executes what is in it (Linux tells; elsewhere it is believed). */
  async executes(): Promise<boolean> {
    const path = join(this.path, "executes");
    await this.write({ executes: "#!/bin/sh\n" });
    try {
      await access(path, constants.X_OK);
      return true;
    } catch {
      // That it may not is what `false` says.
      return false;
    } finally {
      await rm(path);
    }
  }

  /** Writes a launch plan's files: 0600, or 0700 for a script. @throws H2mError such as for a file system that is full */
  async write(files: Readonly<Record<string, string>>): Promise<void> {
    try {
      for (const [name, text] of Object.entries(files)) {
        const path = await this.#place(name);
        const mode = isScript(text) ? 0o700 : 0o600;
        await writeFile(path, text, { mode });
        await chmod(path, mode);
      }
    } catch (error) {
      throw temporaryTrouble(error, dirname(this.path));
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

/** Whether a file of a launch plan is executed. */
export function isScript(text: string): boolean {
  return text.startsWith("#!");
}
