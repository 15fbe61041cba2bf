import { Home } from "../../core/host/home.ts";
import { visible } from "../../kit/visible.ts";
import type { CallToolResult } from "../../types/mcp.ts";
import { note } from "./output.ts";
import { goesOn, keep, privateFilesIn } from "./private-files.ts";

/** So many files are named one by one. */
const MOST = 20;

/**
 * Says what a result tells of that ends with the call: files in the harness's private folder, which are copied to `folder` where one
 * is given, and what goes on in the background.
 */
export async function noteLeftovers(
  result: CallToolResult,
  args: Readonly<Record<string, unknown>>,
  folder: string | undefined,
): Promise<void> {
  const homes = Home.all();
  const files = privateFilesIn(result, homes);
  if (goesOn(result, args))
    note(
      "h2m: what goes on in the background ends with this call; a server (`h2m`) lets it go on.",
    );
  if (files.length === 0) return;
  if (folder === undefined) {
    const [first = "", ...more] = files;
    const others = more.length > 0 ? ` and ${more.length} more` : "";
    note(
      `h2m: \`${visible(first)}\`${others} ends with this call; \`--keep DIR\` copies it there.`,
    );
    return;
  }
  for (const file of files.slice(0, MOST)) {
    const kept = await keep(file, homes, folder).catch((error: Error) => error);
    note(
      kept instanceof Error
        ? `h2m: warn: \`${visible(file)}\` is not kept: ${visible(kept.message)}.`
        : `h2m: kept ${visible(kept)}`,
    );
  }
}
