/** What may stand between the word and the name: blanks, and comments such as `@vite-ignore`. */
const GAP = String.raw`\s*(?:(?:\/\*(?:[^*]|\*(?!\/)){0,400}\*\/|\/\/[^\n]{0,400}\n)\s*){0,9}`;
const NAMED = new RegExp(
  String.raw`\b(?:from|import|require|resolve)${GAP}(?:\(${GAP})?(["'\`])((?:\\.|(?!\1)[^\\\n]){1,400})\1`,
  "g",
);
const ESCAPE = /\\(?:u\{([\da-f]{1,6})\}|u([\da-f]{4})|x([\da-f]{2})|(.))/gi;

/**
 * The names that code imports, requires or resolves, as its loader reads them: with comments before them, and escapes in them. One
 * that is put together while the code runs is not seen.
 */
export function importedNames(text: string): string[] {
  return [...text.matchAll(NAMED)].map(([, , name = ""]) => name.replace(ESCAPE, unescaped));
}

function unescaped(_: string, ...[long, short, byte, other]: (string | undefined)[]): string {
  const code = long ?? short ?? byte;
  if (code === undefined) return other ?? "";
  const point = Number.parseInt(code, 16);
  return point > 0x10_ff_ff ? "" : String.fromCodePoint(point);
}
