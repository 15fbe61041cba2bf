import { StringDecoder } from "node:string_decoder";
import type { Readable } from "node:stream";

/** Longest line kept: a result with a large image is one line. */
const MAX_LINE = 256 * 1024 * 1024;

/**
 * Hears each line of a stream, without its end.
 * Only `\n` ends a line: `node:readline` would also split at U+2028, which may stand inside JSON.
 */
export function onLines(stream: Readable, listener: (line: string) => void): void {
  const decoder = new StringDecoder("utf8");
  let pieces: string[] = [];
  let size = 0;
  stream.on("data", (chunk: Buffer) => {
    const text = decoder.write(chunk);
    let start = 0;
    for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n", start)) {
      const last = text.slice(start, end);
      const line = pieces.length > 0 ? pieces.join("") + last : last;
      pieces = [];
      size = 0;
      start = end + 1;
      listener(line);
    }
    if (start < text.length && size < MAX_LINE) {
      pieces.push(start === 0 ? text : text.slice(start));
      size += text.length - start;
    }
  });
}
