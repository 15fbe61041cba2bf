import type { Writable } from "node:stream";
import { didYouMean } from "../../kit/did-you-mean.ts";
import { H2mError } from "../../errors.ts";
import { harnessNames } from "../../built-in.ts";
import { startOf } from "../../kit/cut.ts";
import { visible, visibleJson, visibleLines } from "../../kit/visible.ts";
import type { Tool } from "../../types/mcp.ts";
import type { Flags } from "../input/invocation.ts";
import type { Lifetime } from "../server/lifetime.ts";
import { print } from "../output/output.ts";
import { withSession } from "../server/one-session.ts";
import type { Settings } from "../input/settings.ts";
import { picked } from "../server/target.ts";

/** `h2m tools [<harness> ...] [<tool>]`: prints the tools that a client would see, or all that is known of one. */
export async function tools(
  settings: Settings,
  words: readonly string[],
  flags: Flags,
  life: Lifetime,
  stdout: Writable,
): Promise<number> {
  const { harnesses, tool } = readWords(words, settings.config);
  const config = picked(settings.config, harnesses, "tools");
  // The truth of now, and not of an earlier start.
  const options = { fresh: true };
  return withSession({ ...settings, config }, flags, life, options, async (session) => {
    const found = await session.tools();
    if (tool !== undefined) {
      const one = theOne(found, tool);
      await print(stdout, flags.json ? `${visibleJson(one, 2)}\n` : whole(one));
      return 0;
    }
    await print(stdout, flags.json ? `${visibleJson(found, 2)}\n` : table(found));
    return 0;
  });
}

/** A word that is no harness names a tool, once it is said which harnesses are meant. */
function readWords(
  words: readonly string[],
  { plugins, harnesses: configured }: Settings["config"],
): { harnesses: readonly string[]; tool?: string | undefined } {
  const known = harnessNames(plugins);
  const first = words.findIndex((word) => !known.includes(word));
  const place = first < 0 ? words.length : first;
  const [tool, ...more] = words.slice(place);
  const harnesses = words.slice(0, place);
  // Without a harness it can be none but a harness that is written wrongly.
  if (harnesses.length === 0 && Object.keys(configured).length === 0) return { harnesses: words };
  if (more.length === 0) return { harnesses, tool };
  throw new H2mError("bad-usage", `\`${visible(more.join(" "))}\` means nothing here.`, {
    hint: "Write `h2m tools [<harness>] [<tool>]`.",
  });
}

function theOne(found: readonly Tool[], name: string): Tool {
  const one = found.find((tool) => tool.name === name);
  if (one) return one;
  const names = found.map((tool) => tool.name);
  throw new H2mError("unknown-tool", `There is no tool \`${visible(name)}\`.`, {
    hint: visible(didYouMean(name, names)),
  });
}

/** Everything, for a person. */
function whole(tool: Tool): string {
  const { name, description, inputSchema, outputSchema } = tool;
  const parts = [
    `${visible(name)}  ${effects(tool)}`,
    ...(description ? [visibleLines(description.trimEnd())] : []),
    visibleJson(inputSchema, 2),
    ...(outputSchema ? [`Result:\n${visibleJson(outputSchema, 2)}`] : []),
  ];
  return `${parts.join("\n\n")}\n`;
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
