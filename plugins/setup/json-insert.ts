import type { Node } from "jsonc-parser";
import { lineEnd } from "./format.ts";
import { endOfNode, gapOf, indentOf, unitOf } from "./json-gaps.ts";

/**
 * Adds a property at the end of an object and changes nothing else. A comma goes to the value before it, the property behind the
 * comments that belong to that one; it ends with a comma where the one before it did, so that taking it away leaves what was there.
 */
export function withProperty(
  text: string,
  { root, object }: { readonly root: Node; readonly object: Node },
  name: string,
  value: unknown,
): string {
  const end = lineEnd(text);
  const close = endOfNode(object) - 1;
  const last = object.children?.at(-1);
  const from = last ? endOfNode(last) : object.offset + 1;
  const { end: place, comma } = gapOf(text, from, close);
  const own = indentOf(text, object.offset);
  const unit = unitOf(text, root);
  const tail = last && comma !== undefined ? "," : "";
  if (!isSpread(text, root, object)) {
    const spaced = /\s/.test(text[object.offset + 1] ?? "");
    const written = JSON.stringify({ [name]: value }).slice(1, -1) + tail;
    return spliced(text, [
      ...(last && comma === undefined ? [[from, ","] as const] : []),
      [place, (spaced && last ? " " : "") + written],
    ]);
  }
  const inner = last && indentOf(text, last.offset).length > own.length;
  const indent = inner ? indentOf(text, last.offset) : own + unit;
  const body = propertyText(name, value, { indent, unit, end });
  const closed = text.slice(place, close).includes("\n") ? "" : end + own;
  return spliced(text, [
    ...(last && comma === undefined ? [[from, ","] as const] : []),
    [place, end + indent + body + tail + closed],
  ]);
}

/** `"name": value` over several lines. */
export function propertyText(
  name: string,
  value: unknown,
  { indent, unit, end }: { readonly indent: string; readonly unit: string; readonly end: string },
): string {
  const lines = JSON.stringify(value, null, unit).split("\n");
  return `${JSON.stringify(name)}: ${lines.join(end + indent)}`;
}

/** Whether an object has a line for each property. One without any has, unless all of the file is one line. */
function isSpread(text: string, root: Node, object: Node): boolean {
  const [first] = object.children ?? [];
  const last = object.children?.at(-1);
  const inside = first
    ? text.slice(object.offset, first.offset) +
      text.slice(endOfNode(last as Node), endOfNode(object))
    : text.slice(root.offset, endOfNode(root));
  return inside.includes("\n") || (!first && object === root);
}

/** Texts at offsets of the old one. */
function spliced(text: string, splices: readonly (readonly [number, string])[]): string {
  // The last one first, so that the offsets before it stay true; at one place the first one stands first.
  return splices.reduceRight(
    (whole, [at, more]) => whole.slice(0, at) + more + whole.slice(at),
    text,
  );
}
