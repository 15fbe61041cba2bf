import { constants, realpathSync } from "node:fs";
import { copyFile, mkdir, realpath, stat } from "node:fs/promises";
import { basename, join, relative, resolve } from "node:path";
import { H2mError } from "../../errors.ts";
import { visible } from "../../kit/visible.ts";
import type { CallToolResult } from "../../types/mcp.ts";

/** Where a path ends in a running text, and what may stand after it. */
const AFTER = /[\s"'`<>|()[\]{}]/;
const STOPS = /[.,;:!?…]+$/;
/**
 * How Claude Code (2.1.332) and Codex (0.171) say that a command goes on: "Command running in background with ID: b1.", "Process
 * running with session ID 51098".
 */
const GOES_ON = /^(Command|Process) running (in background with ID|with session ID)\b/m;

/** Whether something that a call has started goes on after its result. */
export function goesOn(result: CallToolResult, args: Readonly<Record<string, unknown>>): boolean {
  return args["run_in_background"] === true || textsOf(result).some((text) => GOES_ON.test(text));
}

/** The paths below the private folders of harnesses that a result names: they are gone when those folders are. */
export function privateFilesIn(result: CallToolResult, homes: readonly string[]): string[] {
  const starts = new Set(homes.flatMap((home) => [home, real(home)]).map((home) => `${home}/`));
  const found = textsOf(result).flatMap((text) =>
    [...starts].flatMap((start) =>
      text
        .split(start)
        .slice(1)
        .map((rest) => start + (rest.split(AFTER, 1)[0] ?? "").replace(STOPS, "")),
    ),
  );
  return [...new Set(found)];
}

/** The folder for what is kept, made before anything runs. @throws H2mError `bad-usage` if it cannot be made */
export async function folderToKeep(path: string): Promise<string> {
  const folder = resolve(path);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return folder;
  } catch (cause) {
    const { message } = cause as Error;
    throw new H2mError("bad-usage", `\`--keep\`: ${visible(message)}.`, { cause });
  }
}

/**
 * Copies one of these files, under a name that is free. A file elsewhere, to which a link leads, is none of them.
 * @throws an error that says why it cannot
 */
export async function keep(
  path: string,
  homes: readonly string[],
  folder: string,
): Promise<string> {
  const file = await realpath(path);
  if (!homes.some((home) => isInside(file, real(home))) || !(await stat(file)).isFile())
    throw new Error("it is no file of the private folder");
  const name = basename(path);
  for (let number = 1; ; number++) {
    const target = join(folder, number === 1 ? name : `${number}-${name}`);
    try {
      await copyFile(file, target, constants.COPYFILE_EXCL);
      return target;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST" || number === 1_000) throw error;
    }
  }
}

function textsOf({ content }: CallToolResult): string[] {
  return content.flatMap((block) => (block.type === "text" ? [block.text] : []));
}

function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way !== "" && way !== ".." && !way.startsWith("../");
}

/** A harness names its folder as it was told it, or as it is without links. */
function real(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    // It is gone already.
    return folder;
  }
}
