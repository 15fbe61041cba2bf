const FILL = "The quick brown fox jumps over the lazy dog. 0123456789\n".repeat(20_000);

/** The result of the fake tool: begins with the call's own mark, so that a mix-up shows. */
export function textOf(mark, bytes) {
  return `${mark} ${FILL}`.slice(0, bytes);
}
