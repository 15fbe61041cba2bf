import type { Writable } from "node:stream";
import { H2mError } from "../../errors.ts";
import { visible, visibleJson } from "../../kit/visible.ts";
import type { CallToolResult } from "../../types/mcp.ts";
import type { Flags } from "../input/invocation.ts";
import { exitCodeOf, note, print, printText } from "./output.ts";

/** As JSON where that is asked for; else text with an end of line, and of anything else, a word on what it is. */
export async function printResult(
  result: CallToolResult,
  { json }: Flags,
  stdout: Writable,
): Promise<void> {
  if (json) return print(stdout, `${visibleJson(result, 2)}\n`);
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

/** Whoever reads JSON gets a result of the same shape where there is none; what is wrong with the command line is no result. */
export async function toldAsJson(
  calling: Promise<number>,
  { json }: Flags,
  stdout: Writable,
): Promise<number> {
  try {
    return await calling;
  } catch (error) {
    const { code, text } = H2mError.from(error);
    const result = {
      content: [{ type: "text", text }],
      isError: true,
      _meta: { "h2m/error": code },
    };
    if (json && exitCodeOf(error) !== 2) await print(stdout, `${visibleJson(result, 2)}\n`);
    throw error;
  }
}
