import { execFile } from "node:child_process";
import { chmod, lstat, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { isAtLeast, makeTemporaryFolder, temporaryFolder } from "../../src/plugin.ts";
import { type Check, fail, failed, ok, warn } from "./check.ts";

/** As `engines` of the package has it. */
const OLDEST_NODE = "20.19.0";
/** Milliseconds that a login shell may take. */
const SHELL_TIME = 5_000;
const run = promisify(execFile);

export function checkNode(version = process.versions.node): Check {
  const about = { layer: "node", name: "version" } as const;
  return isAtLeast(version, OLDEST_NODE)
    ? ok(about, `Node ${version} (${process.execPath})`)
    : fail(about, `Node ${version} is too old.`, `Install Node ${OLDEST_NODE} or newer.`);
}

/** The temporary folder takes a file, and a script in it runs: the private folders of harnesses stand there. */
export async function checkTemporary(): Promise<Check> {
  const about = { layer: "folders", name: "temporary" } as const;
  let folder: string | undefined;
  try {
    folder = await makeTemporaryFolder("h2m-doctor-");
    const script = join(folder, "script");
    await writeFile(script, "#!/bin/sh\nexit 0\n");
    await chmod(script, 0o700);
    try {
      await run(script, [], { timeout: SHELL_TIME });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EACCES") throw error;
      return fail(
        about,
        `Nothing can be executed in ${temporaryFolder()}: it is mounted \`noexec\`.`,
        "Set TMPDIR to a folder that is not mounted `noexec`.",
      );
    }
    return ok(about, temporaryFolder());
  } catch (error) {
    return failed(about, error, "Set TMPDIR to a folder that this user may write to.");
  } finally {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  }
}

/** The file of the token, which is made with the first start: nothing is made here. */
export async function checkToken(file: string, own = process.getuid?.()): Promise<Check[]> {
  const about = { layer: "folders", name: "token" } as const;
  const found: Check[] = [];
  for (const [path, kind] of [
    [dirname(file), "folder"],
    [file, "file"],
  ] as const) {
    let stats;
    try {
      stats = await lstat(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") return [failed(about, error)];
      return [ok(about, `There is none yet; the first start makes it: ${file}`)];
    }
    const remove = `Remove it, and h2m makes a new one: rm ${kind === "folder" ? "-r " : ""}'${path}'`;
    if (kind === "file" && !stats.isFile()) return [fail(about, `${path} is no file.`, remove)];
    if (own !== undefined && stats.uid !== own)
      return [
        fail(
          about,
          `The ${kind} ${path} belongs to another user (uid ${stats.uid}, and this is uid ${own}).`,
          `Make it yours, or set XDG_STATE_HOME to a folder of yours.`,
        ),
      ];
    const mode = stats.mode & 0o777;
    const right = kind === "file" ? 0o600 : 0o700;
    if ((mode & 0o022) !== 0)
      return [fail(about, `Other users may write ${path} (mode ${mode.toString(8)}).`, remove)];
    if ((mode & 0o077) !== 0)
      found.push(
        warn(
          about,
          `Other users may look into ${path} (mode ${mode.toString(8)}).`,
          `chmod ${right.toString(8)} '${path}'; and if they are not to have it, \`h2m token rotate\`.`,
        ),
      );
  }
  return found.length > 0 ? found : [ok(about, `${file}, for this user alone`)];
}

/** Each command of a harness may start a login shell: one that takes long makes every call take long. */
export async function checkShell(shell = process.env["SHELL"]): Promise<Check> {
  const about = { layer: "folders", name: "shell" } as const;
  if (!shell) return ok(about, "SHELL is not set; harnesses take their own.");
  const started = performance.now();
  const fix = "See what its profile does at the start (`~/.profile`, `~/.bashrc`, `~/.zprofile`).";
  try {
    await run(shell, ["-lc", "exit 0"], { timeout: 2 * SHELL_TIME });
  } catch (error) {
    const { killed, code } = error as { killed?: boolean; code?: unknown };
    if (killed)
      return warn(about, `${shell} has not started within ${(2 * SHELL_TIME) / 1000} s.`, fix);
    // Its profile may end with an error, and a shell without `-l` is none.
    return typeof code === "number"
      ? ok(about, `${shell} (exit code ${code})`)
      : failed(about, error, "Set SHELL to a shell that is there.");
  }
  const ms = performance.now() - started;
  const detail = `${shell} starts in ${(ms / 1000).toFixed(1)} s`;
  return ms > SHELL_TIME ? warn(about, detail, fix) : ok(about, detail);
}
