const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/**
 * Foreign text for one line of a terminal: whatever moves the cursor, ends the line, hides, or turns the direction of the
 * writing stands there in letters, such as `\u{1b}`.
 */
export function visible(text: string): string {
  return text.replaceAll(
    /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu,
    (sign) => SHORT[sign] ?? `\\u{${sign.codePointAt(0)?.toString(16)}}`,
  );
}
