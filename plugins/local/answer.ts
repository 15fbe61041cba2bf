import {
  arrayOf,
  type CallToolResult,
  type LocalTool,
  objectOf,
  textResult,
} from "../../src/plugin.ts";
import { faultsIn } from "./tool.ts";

/** MCP's result of what a handler gave. */
export async function resultOf(
  { name, output }: LocalTool,
  given: unknown,
): Promise<CallToolResult> {
  if (output === undefined) return isResult(given) ? given : textResult(textOfValue(given));
  const read = await output.safeParseAsync(given);
  if (!read.success) {
    // MCP's own result, such as one that says what went wrong.
    if (isResult(given)) return given;
    const faults = faultsIn(read.error);
    return textResult(`\`${name}\` gave what its own \`output\` does not allow: ${faults}`, true);
  }
  const structuredContent = read.data as Record<string, unknown>;
  return { ...textResult(JSON.stringify(structuredContent)), structuredContent };
}

/** What a handler tells of its progress. */
export function textOfValue(given: unknown): string {
  if (given === undefined) return "";
  if (typeof given === "string") return given;
  return (
    JSON.stringify(given, (_, value: unknown) =>
      typeof value === "bigint" ? String(value) : value,
    ) ?? String(given)
  );
}

function isResult(given: unknown): given is CallToolResult {
  const blocks = arrayOf(objectOf(given)?.["content"]);
  return (
    blocks !== undefined && blocks.every((block) => typeof objectOf(block)?.["type"] === "string")
  );
}
