const QUOTE = 34;
const BACKSLASH = 92;
const COMMA = 44;
const LIST = 91;
const OBJECT = 123;

/**
 * Whether a JSON text has more than `most` values in it: those of lists and objects at any depth, and these themselves, also empty
 * ones. What reads JSON takes its time by values, not by characters: two megabytes of brackets or of short keys hold a process for
 * seconds, a file of that size does not. So this is asked before the text is parsed; one that is no JSON is counted as far as it
 * looks like it.
 */
export function isCrowded(text: string, most: number): boolean {
  // Each value takes a character at least: most texts need no look, such as a history that comes with each turn.
  if (text.length <= most) return false;
  let values = 1;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = endOfText(text, at);
      if (at === -1) return false;
    } else if (code === COMMA || code === LIST || code === OBJECT) {
      if (++values > most) return true;
    }
  }
  return false;
}

/** Where the quote stands that ends the text which begins at `start`; -1: nowhere. */
function endOfText(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at !== -1; at = text.indexOf('"', at + 1)) {
    let before = at;
    while (text.charCodeAt(before - 1) === BACKSLASH) before--;
    if ((at - before) % 2 === 0) return at;
  }
  return -1;
}
