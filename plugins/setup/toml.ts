import { parse, patch } from "@decimalturn/toml-patch";
import { isDeepStrictEqual } from "node:util";
import { H2mError, type JsonObject, numberOf, objectOf, visible } from "../../src/plugin.ts";
import { type EntryPath, type Format, lineEnd } from "./format.ts";

/** TOML. A table at the end of the file adds an entry; nothing before it is touched. */
export const toml: Format = {
  parse: (text, file) => parsed(text ?? "", file),

  add(text, path, entry, file) {
    const end = lineEnd(text ?? "");
    const table = toml.lines(path, entry).replaceAll("\n", end);
    if (text === undefined) return table + end;
    const open = text !== "" && !text.endsWith("\n");
    const gap = text.replace(/^\ufeff/, "").trim() === "" && !open ? "" : end;
    const added = text + (open ? end : "") + gap + table + (open || text === "" ? "" : end);
    const wanted = withEntry(parsed(text, file), path, entry);
    if (isSame(added, wanted)) return added;
    throw new H2mError(
      "bad-config",
      `\`${visible(file)}\` has \`${path.key.join(".")}\` in a form that a table cannot be added to. Nothing was written.`,
      { hint: `Add this by hand:\n${toml.lines(path, entry)}` },
    );
  },

  remove(text, path) {
    const before = parsed(text, "");
    const wanted = [false, true].map((empty) => withoutEntry(before, path, empty));
    const cuts = [...withoutTable(text, path), ...wanted.flatMap((each) => patched(text, each))];
    const right = cuts.filter((each) => wanted.some((one) => isSame(each, one)));
    return right.some((each) => each.trim() === "") ? [...right, undefined] : right;
  },

  lines({ key, name }, entry) {
    // Its own way to write a table puts it into one line.
    const header = [...key, name].map(keyText).join(".");
    const lines = Object.entries(entry).map(([own, value]) => `${keyText(own)} = ${inline(value)}`);
    return [`[${header}]`, ...lines].join("\n");
  },
};

/** @throws H2mError `bad-config` */
function parsed(text: string, file: string): JsonObject {
  try {
    return parse(text.replace(/^\ufeff/, "")) as JsonObject;
  } catch (cause) {
    const { line, column, message } = cause as {
      line?: unknown;
      column?: unknown;
      message?: string;
    };
    const place =
      numberOf(line) === undefined ? "" : `, line ${line}, column ${Number(column) + 1}`;
    const why = visible(message?.split("\n").at(-1) ?? "");
    throw new H2mError(
      "bad-config",
      `\`${visible(file)}\`${place}: it is no TOML (${why}). Nothing was written.`,
      { hint: "Correct it, and write the command again.", cause },
    );
  }
}

function isSame(text: string, wanted: JsonObject): boolean {
  try {
    return isDeepStrictEqual(plain(parsed(text, "")), plain(wanted));
  } catch {
    // A text that does not parse says nothing.
    return false;
  }
}

/** As values that can be compared: a date of theirs holds more than its moment. */
function plain(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_, each) => (typeof each === "bigint" ? `${each}n` : each)),
  );
}

function withEntry(whole: JsonObject, { key, name }: EntryPath, entry: object): JsonObject {
  const [first = name, ...rest] = key;
  const below = objectOf(whole[first]) ?? {};
  if (rest.length > 0) return { ...whole, [first]: withEntry(below, { key: rest, name }, entry) };
  return { ...whole, [first]: { ...below, [name]: entry } };
}

/** `empty`: a table of servers that has nothing in it any more goes along. */
function withoutEntry(whole: JsonObject, { key: [first = ""], name }: EntryPath, empty: boolean) {
  const { [name]: _, ...others } = objectOf(whole[first]) ?? {};
  const { [first]: __, ...rest } = whole;
  return empty && Object.keys(others).length === 0 ? rest : { ...whole, [first]: others };
}

/** Without the lines of its table and of those below it, and with or without the lines and ends of lines that parted them. */
function withoutTable(text: string, { key, name }: EntryPath): string[] {
  const end = lineEnd(text);
  const words = [...key, name].map(
    (word) => `(?:${quoted(word)}|"${quoted(word)}"|'${quoted(word)}')`,
  );
  const header = new RegExp(
    String.raw`^[ \t]*\[[ \t]*${words.join(String.raw`[ \t]*\.[ \t]*`)}[ \t]*[.\]]`,
  );
  const lines = text.split("\n");
  const first = lines.findIndex((line) => header.test(line));
  if (first < 0) return [];
  const after = lines.findIndex(
    (line, at) => at > first && /^[ \t]*\[/.test(line) && !header.test(line),
  );
  let last = after < 0 ? lines.length : after;
  // Blank lines and comments before the next table are that one's.
  while (last > first + 1 && /^\s*(#.*)?$/.test(lines[last - 1] ?? "")) last -= 1;
  const from = lines.slice(0, first).join("\n").length + (first > 0 ? 1 : 0);
  const to = lines.slice(0, last).join("\n").length + (last < lines.length ? 1 : 0);
  const rest = text.slice(to);
  const before = text.slice(0, from);
  const one = before.endsWith(end) ? before.slice(0, -end.length) : before;
  const two = one.endsWith(end) ? one.slice(0, -end.length) : one;
  // A blank line parts it from what stands before it.
  return [...new Set([one, before, two])].map((each) => each + rest);
}

/** By the rules of the library, for tables that are written in another way. */
function patched(text: string, wanted: JsonObject): string[] {
  try {
    return [patch(text, wanted)];
  } catch {
    // It cannot: then another text is taken, or none.
    return [];
  }
}

function keyText(key: string): string {
  return /^[\w-]+$/.test(key) ? key : JSON.stringify(key);
}

/** A value in one line. A text of JSON is one of TOML, but for DEL. */
function inline(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inline).join(", ")}]`;
  const table = objectOf(value);
  if (!table) return JSON.stringify(value).replaceAll("\u007f", String.raw`\u007f`);
  const pairs = Object.entries(table).map(([key, each]) => `${keyText(key)} = ${inline(each)}`);
  return `{ ${pairs.join(", ")} }`;
}

function quoted(word: string): string {
  return word.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
