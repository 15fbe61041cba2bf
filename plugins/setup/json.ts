import {
  findNodeAtLocation,
  getNodeValue,
  type Node,
  type ParseError,
  parseTree,
  printParseErrorCode,
} from "jsonc-parser";
import { H2mError, visible } from "../../src/plugin.ts";
import { type EntryPath, type Format, lineEnd, placeOf } from "./format.ts";
import { withProperty } from "./json-insert.ts";
import { withoutProperty } from "./json-remove.ts";

/** JSON, with comments and commas at the end where a client takes them: what it takes is its own affair, and all of that stays. */
export const json: Format = {
  parse(text, file) {
    const root = treeOf(text ?? "", file);
    return root && getNodeValue(root);
  },

  add(text, path, entry, file) {
    const root = treeOf(text ?? "", file);
    if (text === undefined || !root) return fresh(text, path, entry);
    const [object, missing] = deepest(text, root, path.key, file);
    const [name = path.name, ...below] = [...missing, path.name];
    return withProperty(text, { root, object }, name, nested(below, entry));
  },

  remove(text, path) {
    const root = treeOf(text, "");
    const entry = root && propertyAt(root, [...path.key, path.name]);
    if (!root || !entry) return [text];
    const servers = propertyAt(root, path.key);
    // What holds the entry goes along only if there is nothing else in it.
    const alone = entry.object.children?.length === 1 && servers;
    return [
      ...withoutProperty(text, entry.object, entry.property),
      ...(alone ? withoutProperty(text, servers.object, servers.property) : []),
      ...(alone && root.children?.length === 1 ? withoutRoot(text, root) : []),
    ];
  },

  lines: ({ key, name }, entry) => JSON.stringify(nested([...key, name], entry), null, 2),
};

/** @throws H2mError `bad-config` for what is no JSON, and for what is no object */
function treeOf(text: string, file: string): Node | undefined {
  const errors: ParseError[] = [];
  // A byte order mark is as long as a space.
  const plain = text.replace(/^\ufeff/, " ");
  const root = parseTree(plain, errors, { allowTrailingComma: true, allowEmptyContent: true });
  const [error] = errors;
  if (error)
    throw broken(text, error.offset, `it is no JSON (${printParseErrorCode(error.error)})`, file);
  if (root && root.type !== "object") throw broken(text, root.offset, "it must be an object", file);
  return root;
}

/** The object that the keys lead to as far as they do, and the keys that are missing. */
function deepest(
  text: string,
  root: Node,
  keys: readonly string[],
  file: string,
): readonly [Node, readonly string[]] {
  let at = root;
  for (const [place, key] of keys.entries()) {
    const same = (at.children ?? []).filter(({ children }) => children?.[0]?.value === key);
    const [property, second] = same;
    const value = property?.children?.[1];
    if (second) throw broken(text, second.offset, `\`${key}\` stands there twice`, file);
    if (!value) return [at, keys.slice(place)];
    if (value.type !== "object")
      throw broken(text, value.offset, `\`${key}\` must be an object`, file);
    at = value;
  }
  return [at, []];
}

/** All of a file that has nothing in it yet. Only one that we make ends with a line end: taking the entry away tells both apart. */
function fresh(text: string | undefined, { key, name }: EntryPath, entry: object): string {
  const end = lineEnd(text ?? "");
  const whole = JSON.stringify(nested([...key, name], entry), null, 2).replaceAll("\n", end);
  if (text === undefined) return whole + end;
  const open = /\S/.test(text.replace(/^\ufeff/, "")) && !text.endsWith("\n");
  return text + (open ? end : "") + whole;
}

function withoutRoot(text: string, root: Node): (string | undefined)[] {
  const before = text.slice(0, root.offset);
  const end = lineEnd(before);
  return [undefined, before, ...(before.endsWith(end) ? [before.slice(0, -end.length)] : [])];
}

function propertyAt(
  root: Node,
  keys: readonly string[],
): { readonly object: Node; readonly property: Node } | undefined {
  const property = findNodeAtLocation(root, [...keys])?.parent;
  return property?.parent && { object: property.parent, property };
}

function nested(keys: readonly string[], entry: object): object {
  return keys.reduceRight<object>((inner, key) => ({ [key]: inner }), entry);
}

function broken(text: string, offset: number, what: string, file: string): H2mError {
  return new H2mError(
    "bad-config",
    `\`${visible(file)}\`, ${placeOf(text, offset)}: ${what}. Nothing was written.`,
    { hint: "Correct it, and write the command again." },
  );
}
