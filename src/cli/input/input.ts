import { fstatSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { Readable } from "node:stream";
import { H2mError } from "../../errors.ts";
import { startOf } from "../../kit/cut.ts";
import { type JsonObject, parseObject, withoutMark } from "../../kit/json.ts";
import { visible } from "../../kit/visible.ts";

/** Most bytes: no door takes a larger request. */
const MOST = 16 * 1024 * 1024;
/** How long a pipe that nobody spoke of may be silent, in ms: many programs start others with one that they never use. */
const SILENCE = 2_000;

/** Whether the standard input is a pipe or a file, and neither a terminal nor `/dev/null`. */
export function isPiped(file = 0): boolean {
  try {
    const found = fstatSync(file);
    return found.isFIFO() || found.isFile() || found.isSocket();
  } catch {
    // It is closed.
    return false;
  }
}

export interface ReadOptions {
  /** Milliseconds for its end. */
  readonly limit: number;
  /** Milliseconds for its first byte. @default `limit` */
  readonly silence?: number;
}

/**
 * All of an input, as text; `undefined`: nothing has come within `silence`.
 * @throws H2mError `bad-usage` if it is too long, or does not end in time
 */
export function readInput(
  input: Readable,
  { limit, silence }: ReadOptions,
): Promise<string | undefined> {
  const parts: Buffer[] = [];
  let size = 0;
  return new Promise((resolve, reject) => {
    const late = () =>
      fail(`The standard input has not ended within ${Math.round(limit / 1000)} s.`);
    const timers = [setTimeout(late, limit)];
    if (silence !== undefined) timers.push(setTimeout(() => done(undefined), silence));
    const quit = () => {
      for (const timer of timers) clearTimeout(timer);
      input.off("data", hear).off("end", end).off("close", end);
      input.pause();
    };
    const done = (text: string | undefined) => {
      quit();
      resolve(text);
    };
    const fail = (message: string) => {
      quit();
      reject(new H2mError("bad-usage", message));
    };
    const hear = (part: Buffer | string) => {
      clearTimeout(timers[1]);
      parts.push(Buffer.from(part));
      size += parts.at(-1)?.length ?? 0;
      if (size > MOST) fail(`The standard input is longer than ${MOST} bytes.`);
    };
    const end = () => done(Buffer.concat(parts).toString("utf8"));
    input.on("data", hear).on("end", end).on("close", end);
    // It stays: an error that comes later ends no process.
    input.on("error", ({ message }) => fail(`The standard input cannot be read: ${message}.`));
    input.resume();
  });
}

/**
 * The arguments of a call that stand elsewhere: `-` for the standard input, `@FILE` for a file, each as one JSON object. `undefined`:
 * the words have them.
 * @throws H2mError `bad-usage`
 */
export async function argumentsElsewhere(
  words: readonly string[],
  limit: number,
): Promise<JsonObject | undefined> {
  const word = words.find(isElsewhere);
  if (word === undefined) return undefined;
  if (words.length > 1) {
    throw new H2mError("bad-usage", `\`${visible(word)}\` stands for all arguments of a call.`, {
      hint: "Write nothing beside it.",
    });
  }
  if (isInput(word))
    return argumentsIn((await readInput(process.stdin, { limit })) ?? "", "The standard input");
  const path = word.slice(1);
  try {
    return argumentsIn(await readFile(path, "utf8"), `\`${visible(path)}\``);
  } catch (cause) {
    if (cause instanceof H2mError) throw cause;
    const { message } = cause as Error;
    throw new H2mError("bad-usage", `\`${visible(path)}\` cannot be read: ${visible(message)}.`, {
      cause,
    });
  }
}

/** `-` or `@FILE`. */
export function isElsewhere(word: string): boolean {
  return word === "-" || (word.startsWith("@") && word.length > 1);
}

export function isInput(word: string): boolean {
  return word === "-" || word === "@-";
}

/**
 * What a pipe brings to a call without any argument. Nothing, or blanks, is none; `silent` hears of a pipe that says nothing.
 * @throws H2mError `bad-usage`
 */
export async function argumentsPiped(limit: number, silent: () => void): Promise<JsonObject> {
  if (!isPiped()) return {};
  const text = await readInput(process.stdin, { limit, silence: SILENCE });
  if (text === undefined) silent();
  return text === undefined || withoutMark(text).trim() === ""
    ? {}
    : argumentsIn(text, "The standard input");
}

/** The arguments that a text says, as JSON. `where` it stands begins the error. @throws H2mError `bad-usage` */
export function argumentsIn(text: string, where: string): JsonObject {
  const plain = withoutMark(text).trim();
  const given = parseObject(plain);
  if (given) return given;
  const start = visible(startOf(plain, 60));
  const what = plain === "" ? "is empty" : `is no JSON object: it begins with \`${start}\``;
  throw new H2mError("bad-usage", `${where} ${what}.`, {
    hint: "The arguments stand there as one JSON object; without any, write `{}` in place of them.",
  });
}
