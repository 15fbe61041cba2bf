import type { Writable } from "node:stream";
import { startOf } from "../kit/cut.ts";
import { visible, visibleJson } from "../kit/visible.ts";
import type { Tool } from "../types/mcp.ts";
import type { Flags } from "./invocation.ts";
import type { Lifetime } from "./lifetime.ts";
import { print } from "./output.ts";
import { withSession } from "./one-session.ts";
import type { Settings } from "./settings.ts";
import { withHarness } from "./target.ts";

/** `h2m tools [<harness>]`: prints the tools that a client would see. */
export async function tools(
  settings: Settings,
  words: readonly string[],
  flags: Flags,
  life: Lifetime,
  stdout: Writable,
): Promise<number> {
  const config = withHarness(settings.config, words, "tools");
  // The truth of now, and not of an earlier start.
  const options = { fresh: true };
  return withSession({ ...settings, config }, flags, life, options, async (session) => {
    const found = await session.tools();
    await print(stdout, flags.json ? `${visibleJson(found, 2)}\n` : table(found));
    return 0;
  });
}

function table(found: readonly Tool[]): string {
  const rows = found.map((tool) => [
    visible(tool.name),
    effects(tool),
    firstLine(tool.description),
  ]);
  const wide = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) => row.map((cell, column) => cell.padEnd(wide[column] ?? 0)).join("  "))
    .map((line) => `${line.trimEnd()}\n`)
    .join("");
}

/** What a call does, as clients are told. Without a word of it they must think the worst. */
function effects({ annotations }: Tool): string {
  if (!annotations) return "-";
  const { readOnlyHint, destructiveHint = true, openWorldHint = true } = annotations;
  const kind = readOnlyHint === true ? "reads" : destructiveHint ? "destructive" : "adds";
  return openWorldHint ? `${kind}, open world` : kind;
}

function firstLine(text = ""): string {
  const line = visible(text.trim().split("\n")[0]?.trimEnd() ?? "");
  return line.length > 100 ? `${startOf(line, 99)}…` : line;
}
