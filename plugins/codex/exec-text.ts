import { randomBytes } from "node:crypto";

/** The text by which codex 0.169 answers `exec_command` and `write_stdin`. */
export interface ExecText {
  readonly chunk: string;
  /** With four decimals. */
  readonly seconds: string;
  /** `undefined`: it runs on. */
  readonly exitCode: number | undefined;
  readonly sessionId: number | undefined;
  /** Of the bytes that were printed, which may be no text. @default counted in `body` */
  readonly tokens?: number | undefined;
  readonly body: string;
}

const HEADER =
  /^(?:Chunk ID: (\S+)\n)?Wall time: ([\d.]+) seconds\nProcess (?:exited with code (-?\d+)|running with session ID (\d+))\n(?:Original token count: (\d+)\n)?Output:\n/;
/** A budget that codex cuts every output to; here it is given whole instead. */
const POLICY = 10_000;
/** Codex counts four bytes as a token. */
const TOKEN = 4;

/** `undefined`: a text of another kind, such as a refusal. */
export function parseExec(text: string): ExecText | undefined {
  const match = HEADER.exec(text);
  if (!match) return undefined;
  const [header, chunk, seconds = "0", exitCode, sessionId, tokens] = match;
  return {
    chunk: chunk ?? newChunk(),
    seconds,
    exitCode: exitCode === undefined ? undefined : Number(exitCode),
    sessionId: sessionId === undefined ? undefined : Number(sessionId),
    tokens: tokens === undefined ? undefined : Number(tokens),
    body: text.slice(header.length),
  };
}

/** `budget`: the client's own `max_output_tokens`. */
export function execText(text: ExecText, budget: number | undefined): string {
  const { chunk, seconds, exitCode, sessionId, body } = text;
  const state =
    exitCode === undefined
      ? `running with session ID ${sessionId}`
      : `exited with code ${exitCode}`;
  const tokens = text.tokens ?? tokensIn(Buffer.byteLength(body));
  return `Chunk ID: ${chunk}
Wall time: ${seconds} seconds
Process ${state}
Original token count: ${tokens}
Output:
${budget === undefined || budget >= POLICY || tokens <= budget ? body : cutText(body, budget)}`;
}

/** Codex numbers each answer by three random bytes. */
export function newChunk(): string {
  return randomBytes(3).toString("hex");
}

export function secondsOf(ms: number): string {
  return (ms / 1000).toFixed(4);
}

/** Both ends of a text, as codex 0.169 leaves them when a budget is exceeded. */
function cutText(body: string, budget: number): string {
  const bytes = Buffer.from(body);
  const head = Math.floor((budget * TOKEN) / 2);
  const tail = bytes.length - (budget * TOKEN - head);
  const lines = body.endsWith("\n") ? body.split("\n").length - 1 : body.split("\n").length;
  const start = bytes.subarray(0, boundary(bytes, head)).toString();
  const end = bytes.subarray(boundary(bytes, tail)).toString();
  const left = tokensIn(bytes.length) - budget;
  return `Warning: truncated output (original token count: ${tokensIn(bytes.length)})
Total output lines: ${lines}

${start}…${left} tokens truncated…${end}`;
}

/** The nearest place at or before `at` where no character is cut. */
function boundary(bytes: Buffer, at: number): number {
  let place = at;
  while (place > 0 && ((bytes[place] ?? 0) & 0xc0) === 0x80) place--;
  return place;
}

function tokensIn(bytes: number): number {
  return Math.ceil(bytes / TOKEN);
}
