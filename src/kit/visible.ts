import { wellFormed } from "./well-formed.ts";

/**
 * Text of others (a harness, a tool, a client, a file name) may hold what a reader does not see, and what does more than stand
 * there: escapes that steer a terminal, ends of lines that forge a line of ours, marks that turn the direction of writing or
 * show nothing at all. Here all of it becomes letters: `\u{1b}`, `\n`. Whoever writes to a terminal, a log, or a question that a
 * person answers, writes it through one of these.
 */

/**
 * Control characters (C0, DEL, C1), line and paragraph separators, bidi and other format characters, halves of characters, and
 * what Unicode lets a font leave out (zero-width spaces, fillers, tags).
 */
const HIDDEN = String.raw`[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]`;
/**
 * Of those, what belongs to the spelling: joiners inside an emoji, or between letters of a script that is written with them, and
 * an emoji's choice of its picture.
 */
const SPELLING = [
  String.raw`(?<=[\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f])\u200d(?=\p{Extended_Pictographic})`,
  String.raw`(?<=(?![\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}])[\p{L}\p{M}])[\u200c\u200d](?=[\p{L}\p{M}])`,
  String.raw`(?<=[\p{Extended_Pictographic}\p{Emoji_Modifier}])[\ufe0e\ufe0f]`,
  String.raw`\ufe0f(?=\u20e3)`,
].join("|");

const IN_LINE = new RegExp(`(${SPELLING})|${HIDDEN}`, "gu");
/** Ends of lines and tabs may stand. */
const IN_LINES = new RegExp(String.raw`(${SPELLING}|[\n\t])|${HIDDEN}`, "gu");

const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** For one line: nothing in it is hidden, and nothing ends it. */
export function visible(text: string): string {
  return text.replaceAll(IN_LINE, escaped);
}

/** The same for a text that may have several lines, and tabs. */
export function visibleLines(text: string): string {
  return text.replaceAll("\r\n", "\n").replaceAll(IN_LINES, escaped);
}

/**
 * JSON in which nothing is hidden either: `JSON.stringify` escapes no DEL, C1, U+2028 or bidi mark. It is the same value, with
 * well-formed texts.
 */
export function visibleJson(value: unknown, indent?: number): string {
  const text = JSON.stringify(wellFormed(value), null, indent) ?? "null";
  // Ends of lines stand between the values only; inside of them they are escaped already.
  return text.replaceAll(IN_LINES, (mark, spelling: string | undefined) => {
    if (spelling !== undefined) return spelling;
    const units = Array.from({ length: mark.length }, (_, place) => mark.charCodeAt(place));
    return units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("");
  });
}

function escaped(mark: string, spelling: string | undefined): string {
  return spelling ?? SHORT[mark] ?? `\\u{${mark.codePointAt(0)?.toString(16)}}`;
}
