import picomatch from "picomatch";

/**
 * Whether a name is one of these, or matches one of these globs. `*` stands for any name, also for one with `/`, a line
 * break, or a dot at its beginning: a tool that slipped through would be shown, or run unasked.
 */
export function globs(words: readonly string[]): (name: string) => boolean {
  if (words.length === 0) return () => false;
  const matches = picomatch([...words], { bash: true, dot: true, flags: "s" });
  const exact = new Set(words);
  return (name) => exact.has(name) || matches(name);
}
