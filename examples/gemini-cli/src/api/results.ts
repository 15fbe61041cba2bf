import type { CallToolResult, ContentBlock, ToolResult } from "harness-to-mcp/plugin";
import type { Blob, Content, FunctionResponse } from "./schema.ts";

/** Every result of the history. */
export function resultsOf(contents: readonly Content[]): ToolResult[] {
  const results: ToolResult[] = [];
  for (const { parts = [] } of contents) {
    let latest: CallToolResult | undefined;
    for (const { functionResponse, inlineData } of parts) {
      if (functionResponse) {
        latest = resultOf(functionResponse);
        // gemini-cli 0.61 gives our ids back; without one nobody can tell whose result it is.
        const { id } = functionResponse;
        if (id !== undefined) results.push({ callId: id, result: latest });
      } else if (inlineData) {
        // gemini-cli 0.61 sets the media of a result right after it, as parts of their own.
        latest?.content.push(blockOf(inlineData));
      }
    }
  }
  return results;
}

/** By the API's own rule, `output` holds what a function gave and `error` what went wrong. */
function resultOf({ response = {}, parts = [] }: FunctionResponse): CallToolResult {
  const { output, error, ...rest } = response;
  const failed = error !== undefined && output === undefined;
  const said = failed ? error : output;
  const plain = typeof said === "string" && Object.keys(rest).length === 0;
  const text = plain ? said : JSON.stringify(response);
  const media = parts.flatMap(({ inlineData }) => (inlineData ? [blockOf(inlineData)] : []));
  const nothing = Object.keys(response).length === 0;
  const content: ContentBlock[] = [...(nothing ? [] : [{ type: "text" as const, text }]), ...media];
  return failed ? { content, isError: true } : { content };
}

function blockOf({ mimeType, data }: Blob): ContentBlock {
  if (mimeType.startsWith("image/")) return { type: "image", mimeType, data };
  if (mimeType.startsWith("audio/")) return { type: "audio", mimeType, data };
  return { type: "resource", resource: { uri: "attachment:file", mimeType, blob: data } };
}
