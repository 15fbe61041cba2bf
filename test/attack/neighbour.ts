import { execFile } from "node:child_process";
import { chmod, mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Why no other user can be made here; `undefined`: one can. */
export const NO_NEIGHBOUR =
  process.platform === "linux" && process.getuid?.() === 0
    ? undefined
    : "another local user is made by root on Linux only";

/** Another user of this machine, made for a test. */
export class Neighbour {
  readonly name: string;
  readonly uid: number;

  private constructor(name: string, uid: number) {
    this.name = name;
    this.uid = uid;
  }

  static async movesIn(): Promise<Neighbour> {
    const name = `h2m-${process.pid}`;
    await run("useradd", ["--system", "--no-create-home", "--shell", "/bin/sh", name]);
    const { stdout } = await run("id", ["-u", name]);
    return new Neighbour(name, Number(stdout));
  }

  /** Runs a shell script as that user; what it printed, and whether it succeeded. */
  async does(script: string): Promise<{ ok: boolean; out: string }> {
    const ids = [`--reuid=${this.uid}`, `--regid=${this.uid}`, "--clear-groups"];
    try {
      const ran = await run("setpriv", [...ids, "sh", "-c", script], {
        env: { PATH: process.env["PATH"] ?? "" },
        timeout: 20_000,
        maxBuffer: 64 * 1024 * 1024,
      });
      return { ok: true, out: ran.stdout + ran.stderr };
    } catch (error) {
      const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
      return { ok: false, out: stdout + stderr };
    }
  }

  /** Runs a Node program as that user. */
  async runs(program: string, ...args: string[]): Promise<{ ok: boolean; out: string }> {
    const words = [process.execPath, "--input-type=module", "-e", program, ...args];
    return this.does(words.map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`).join(" "));
  }

  async leave(): Promise<void> {
    await run("userdel", [this.name]);
  }
}

/** A folder that everybody may enter, so that only what h2m itself does keeps them out. */
export async function openFolder(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await realpath(await mkdtemp(join(tmpdir(), "h2m-open-")));
  await chmod(path, 0o755);
  return { path, remove: () => rm(path, { recursive: true, force: true, maxRetries: 5 }) };
}
