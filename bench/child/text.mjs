const FILL = "The quick brown fox jumps over the lazy dog. 0123456789\n".repeat(20_000);

/**
 * The result of the fake tool: begins with the call's own mark, so that a mix-up shows. The long text itself is never joined to
 * anything: V8 would copy all of it for each result, which takes longer than a call does.
 */
export function textOf(mark, bytes) {
  const head = `${mark} `;
  return (head + FILL.slice(0, Math.max(0, bytes - head.length))).slice(0, bytes);
}
