import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import type { HarnessLauncher } from "../../types/harness.ts";
import type { Forbids } from "./gate.ts";
import type { Steering } from "../files/steering.ts";

/** Each is looked up, link by link. */
const MOST_PATHS = 500;

/** Which calls would write what steers h2m. `cwd`: the harness's folder; `undefined` for one that attached. */
export function forbidsOf(
  launchers: readonly HarnessLauncher[],
  steering: Steering | undefined,
  cwd: string | undefined,
): Forbids | undefined {
  if (!steering) return undefined;
  return (call) => {
    const paths = launchers.flatMap((launcher) => launcher.writes?.(call) ?? []);
    if (paths.length === 0) return undefined;
    if (paths.length > MOST_PATHS)
      return `The call names ${paths.length} files. One call may write ${MOST_PATHS} at most: make several calls of it.`;
    const folders = [...new Set([cwd ?? process.cwd(), process.cwd()])];
    const starts = [...folders, ...folders.flatMap(worktreesOf)];
    for (const path of paths) {
      const reason = steering.refusal(path, starts);
      if (reason !== undefined) return reason;
    }
    return undefined;
  };
}

/** Folders that a harness may have changed to by itself (claude 2.1.332: EnterWorktree). */
function worktreesOf(cwd: string): string[] {
  const found: string[] = [];
  for (let at = cwd; ; at = dirname(at)) {
    const folder = join(at, ".claude", "worktrees");
    if (existsSync(folder)) found.push(...readdirSync(folder).map((name) => join(folder, name)));
    if (at === dirname(at)) return found;
  }
}
