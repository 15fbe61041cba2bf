/** What came back for one message. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** As far as it was read. */
  readonly body: string;
}

/** Texts of the JavaScript engine itself: an error that nobody thought of. */
const ENGINE =
  /Cannot (?:read|set|convert|destructure|mix)|is not (?:a function|iterable|a constructor|defined)|call stack size|\n\s+at .+:\d+:\d+/;

/** Half a character, as JSON spells it: readers in Rust drop the whole message for it. A backslash before it spells another text. */
const HALF = /(?<!\\)(?:\\\\)*\\ud[89a-f]/i;

/** What is wrong with an answer, or `undefined`. */
export function faultOf(
  { status, headers, body }: Answer,
  secrets: readonly string[],
): string | undefined {
  for (const name of Object.keys(headers))
    if (name.toLowerCase().startsWith("access-control-")) return `the header ${name} was sent`;
  const told = JSON.stringify(headers) + body;
  if (secrets.some((secret) => told.includes(secret))) return "a secret was sent";
  if (status >= 500 && !(status === 503 && isDocumented503(body)))
    return `status ${status}: ${body.slice(0, 300)}`;
  if (/"code":\s*"internal"/.test(body)) return `an internal error: ${body.slice(0, 300)}`;
  const half = HALF.exec(body);
  if (half)
    return `half a character: ${body.slice(Math.max(0, half.index - 100), half.index + 20)}`;
  // What a caller wrote may come back in a text; the engine's own words do not.
  const engine = ENGINE.exec(body);
  return engine
    ? `the engine's own error: ${body.slice(engine.index, engine.index + 200)}`
    : undefined;
}

/** `503` is documented for one thing: all sessions are in use, and no more are allowed. */
function isDocumented503(body: string): boolean {
  return /sessions are open, all of them in use/.test(body);
}
