import type { Writable } from "node:stream";
import { didYouMean } from "../core/registry.ts";
import { H2mError } from "../errors.ts";
import { harnessNames } from "../h2m.ts";
import { visible, visibleJson } from "../kit/visible.ts";
import type { CallToolResult } from "../types/mcp.ts";
import { askerFor } from "./ask.ts";
import { isArgument, readArguments } from "./call-arguments.ts";
import { argumentsElsewhere, argumentsPiped, isInput } from "./input.ts";
import type { Flags } from "./invocation.ts";
import { noteLeftovers } from "./leftover-notes.ts";
import { type Lifetime, stopped } from "./lifetime.ts";
import { withSession } from "./one-session.ts";
import { exitCodeOf, note, print, printText, warn } from "./output.ts";
import { folderToKeep } from "./private-files.ts";
import type { Settings } from "./settings.ts";
import { picked } from "./target.ts";

/** `h2m call [<harness>] <tool> [json | key=value ... | - | @FILE]`: one call, its result on stdout. */
export async function call(
  settings: Settings,
  words: readonly string[],
  flags: Flags,
  life: Lifetime,
  stdout: Writable,
): Promise<number> {
  const { harness, tool, args } = readWords(words, harnessNames(settings.config.plugins));
  const named = picked(settings.config, harness === undefined ? [] : [harness], "call");
  // Nobody could read the rest of a result that was cut: the session ends with the command.
  const limits = { ...named.tools.limits, maxResultBytes: undefined };
  const config = { ...named, tools: { ...named.tools, limits } };
  const limit = config.timeouts.call;
  const stopping = stopped(life);
  const elsewhere = await Promise.race([argumentsElsewhere(args, limit), stopping]);
  if (life.signal.aborted) return life.code();
  const folder = flags.keep === undefined ? undefined : await folderToKeep(flags.keep);
  const silent = () =>
    warn(config.log.level, [
      "Nothing came on the standard input: the call goes out without arguments. `-` waits for it.",
    ]);
  // While the harness starts.
  const piped = args.length === 0 ? argumentsPiped(limit, silent) : undefined;
  piped?.catch(() => {});
  const calling = withSession({ ...settings, config }, flags, life, {}, async (session, signal) => {
    const schema = (await session.tool(tool))?.inputSchema;
    const confirm = askerFor(flags.yes, args.some(isInput));
    const given = elsewhere ?? (await piped) ?? readArguments(args, schema);
    const result = await session.call(tool, given, { signal, confirm });
    if (flags.json) await print(stdout, `${visibleJson(result, 2)}\n`);
    else await printResult(result, stdout);
    await noteLeftovers(result, given, folder);
    return result.isError ? 1 : 0;
  });
  return flags.json ? toldAsJson(calling, stdout) : calling;
}

/** Whoever reads JSON gets a result of the same shape where there is none; what is wrong with the command line is no result. */
async function toldAsJson(calling: Promise<number>, stdout: Writable): Promise<number> {
  try {
    return await calling;
  } catch (error) {
    const { code, text } = H2mError.from(error);
    const result = {
      content: [{ type: "text", text }],
      isError: true,
      _meta: { "h2m/error": code },
    };
    if (exitCodeOf(error) !== 2) await print(stdout, `${visibleJson(result, 2)}\n`);
    throw error;
  }
}

/** The first word is a harness if it is known as one and the next is not an argument yet. */
function readWords(
  words: readonly string[],
  known: readonly string[],
): { harness?: string; tool: string; args: readonly string[] } {
  const [first, second, ...rest] = words;
  if (first === undefined) {
    throw new H2mError("bad-usage", "No tool is named.", {
      hint: "Write `h2m call [<harness>] <tool> [json | key=value ... | - | @FILE]`; `h2m tools` lists the tools.",
    });
  }
  if (second === undefined || isArgument(second)) return { tool: first, args: words.slice(1) };
  if (known.includes(first)) return { harness: first, tool: second, args: rest };
  const hint = `If it is a harness: ${didYouMean(first, known)} If it is a tool: \`${second}\` must be key=value, a JSON object, \`-\` or @FILE.`;
  throw new H2mError("unknown-harness", `There is no harness \`${first}\`.`, { hint });
}

/** Text with an end of line; of anything else, a word on what it is. */
async function printResult(result: CallToolResult, stdout: Writable): Promise<void> {
  for (const block of result.content) {
    if (block.type === "text") {
      const end = block.text === "" || block.text.endsWith("\n") ? "" : "\n";
      await printText(stdout, block.text + end);
    } else if (block.type === "image" || block.type === "audio") {
      const bytes = Buffer.byteLength(block.data, "base64");
      note(
        `h2m: the result has ${visible(block.mimeType)} of ${bytes} bytes; \`--json\` prints it.`,
      );
    } else {
      note(`h2m: the result has a ${block.type}; \`--json\` prints it.`);
    }
  }
}
