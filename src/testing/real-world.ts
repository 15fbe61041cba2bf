import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

/** A user's machine in small: HOME, a project and a temporary folder that nobody else uses. */
export class RealWorld {
  readonly root: string;
  readonly home: string;
  readonly project: string;
  readonly temporary: string;
  readonly #saved = { ...process.env };

  private constructor(root: string) {
    this.root = root;
    this.home = join(root, "home");
    this.project = join(root, "project");
    this.temporary = join(root, "tmp");
  }

  /** From now on the environment of this process points there. */
  static async create(): Promise<RealWorld> {
    const world = new RealWorld(await realpath(await mkdtemp(join(tmpdir(), "h2m-world-"))));
    for (const folder of [world.home, world.project, world.temporary]) await mkdir(folder);
    // What `npm test` adds to the environment is not the user's.
    for (const name of Object.keys(process.env)) if (/^npm_/i.test(name)) delete process.env[name];
    Object.assign(process.env, { HOME: world.home, TMPDIR: world.temporary });
    return world;
  }

  async end(): Promise<void> {
    for (const name of Object.keys(process.env)) delete process.env[name];
    Object.assign(process.env, this.#saved);
    await rm(this.root, { recursive: true, force: true, maxRetries: 5 });
  }

  /** What stands in its folders, beside the project's. */
  async traces(): Promise<string[]> {
    const found = [await readdir(this.home), await readdir(this.temporary)];
    return found.flat();
  }
}

/** The command lines of running processes that hold a text. */
export async function processesWith(text: string): Promise<string[]> {
  const { stdout } = await promisify(execFile)("ps", ["-axo", "args="], { maxBuffer: 1 << 26 });
  return stdout.split("\n").filter((line) => line.includes(text) && !line.startsWith("ps "));
}

/** Waits until `find` finds nothing, for at most `ms`; gives what it found last. */
export async function untilNothing<T>(ms: number, find: () => Promise<T[]>): Promise<T[]> {
  const end = Date.now() + ms;
  for (;;) {
    const found = await find();
    if (found.length === 0 || Date.now() > end) return found;
    await sleep(50);
  }
}
