const WORD = /\b(?:from|import|require|resolve)/g;
/** Longest comment between the word and the name, in characters, and most of them: a text of a megabyte is read in time. */
const LONGEST_COMMENT = 20_000;
const MOST_COMMENTS = 20;
/** Linux takes no longer path. */
const NAME = /(["'`])((?:\\.|(?!\1)[^\\\n]){1,4096})\1/y;
const BLANKS = /\s*/y;
const ESCAPE = /\\(?:u\{([\da-f]{1,6})\}|u([\da-f]{4})|x([\da-f]{2})|(.))/gi;

/**
 * The names that code imports, requires or resolves, as its loader reads them: with comments before them, and escapes in them. One
 * that is put together while the code runs is not seen.
 */
export function importedNames(text: string): string[] {
  return [...text.matchAll(WORD)].flatMap((word) => {
    let at = afterGap(text, word.index + word[0].length);
    if (text[at] === "(") at = afterGap(text, at + 1);
    NAME.lastIndex = at;
    const name = NAME.exec(text)?.[2];
    return name === undefined ? [] : [name.replace(ESCAPE, unescaped)];
  });
}

/** Where the blanks and the comments end that begin at a place. */
function afterGap(text: string, start: number): number {
  let at = afterBlanks(text, start);
  for (let count = 0; count < MOST_COMMENTS; count++) {
    const close = text.startsWith("/*", at) ? "*/" : text.startsWith("//", at) ? "\n" : undefined;
    if (close === undefined) return at;
    const end = text.slice(at + 2, at + LONGEST_COMMENT).indexOf(close);
    if (end === -1) return at;
    at = afterBlanks(text, at + 2 + end + close.length);
  }
  return at;
}

function afterBlanks(text: string, start: number): number {
  BLANKS.lastIndex = start;
  BLANKS.exec(text);
  return BLANKS.lastIndex;
}

function unescaped(_: string, ...[long, short, byte, other]: (string | undefined)[]): string {
  const code = long ?? short ?? byte;
  if (code === undefined) return other ?? "";
  const point = Number.parseInt(code, 16);
  return point > 0x10_ff_ff ? "" : String.fromCodePoint(point);
}
