import type { Node } from "jsonc-parser";
import { lineEnd } from "./format.ts";
import { endOfNode, gapOf, indentOf } from "./json-gaps.ts";

/** Texts without a property of an object: what stood there before it was added can be each of them. */
export function withoutProperty(text: string, object: Node, property: Node): readonly string[] {
  const all = object.children ?? [];
  const at = all.indexOf(property);
  const [before, after] = [all[at - 1], all[at + 1]];
  const close = endOfNode(object) - 1;
  const lead = gapOf(text, before ? endOfNode(before) : object.offset + 1, property.offset);
  const end = endOfNode(property);
  const { comma } = gapOf(text, end, after?.offset ?? close);
  if (after) return [cut(text, [[lead.end, comma === undefined ? end : comma + 1]])];
  const upTo = comma === undefined ? end : comma + 1;
  // The line of the closing brace may have come with it.
  const closing = lineEnd(text) + indentOf(text, object.offset);
  const ends = [upTo, ...(text.startsWith(closing, upTo) ? [upTo + closing.length] : [])];
  // Where ours has no comma, that of the value before it came with it.
  const { comma: between } = lead;
  const theirs =
    comma === undefined && between !== undefined ? [[between, between + 1] as const] : [];
  return ends.map((to) => cut(text, [...theirs, [lead.end, to]]));
}

/** Without some parts, in their order. */
function cut(text: string, parts: readonly (readonly [number, number])[]): string {
  return parts.reduceRight((whole, [from, to]) => whole.slice(0, from) + whole.slice(to), text);
}
