import type { RequestId } from "@modelcontextprotocol/server";
import type { LineEnds } from "../core/host/lines.ts";

const ID = String.raw`"id"\s*:\s*("(?:[^"\\]|\\.)*"|-?\d+)`;
const WORD = String.raw`"(?:jsonrpc|method)"\s*:\s*"[^"\\]*"`;
const FIRST = new RegExp(String.raw`^\s*\{\s*(?:${WORD}\s*,\s*)*${ID}\s*,`);
const LAST = new RegExp(String.raw`[,{]\s*${ID}(?:\s*,\s*${WORD})*\s*\}\s*$`);

/** The id of a request that is not read as a whole: it stands at its beginning or at its end, beside short words. */
export function requestIdIn({ start, end }: LineEnds): RequestId | null {
  if (!/"method"\s*:/.test(start + end)) return null;
  const id = (FIRST.exec(start) ?? LAST.exec(end))?.[1];
  return id === undefined ? null : (JSON.parse(id) as RequestId);
}
