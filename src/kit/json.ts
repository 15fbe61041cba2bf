import { isCrowded } from "./crowded.ts";
import { isTooDeep, MAX_DEPTH } from "./depth.ts";
import { wellFormed } from "./well-formed.ts";

/** Safe reading of unknown JSON: each function gives what it names, or `undefined`. */

export type JsonObject = Record<string, unknown>;

export function objectOf(value: unknown): JsonObject | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as JsonObject)
    : undefined;
}

export function arrayOf(value: unknown): readonly unknown[] | undefined {
  return Array.isArray(value) ? value : undefined;
}

export function stringOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

export function numberOf(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}

/**
 * The value of a JSON text from outside: a byte order mark before it is none of it, and its texts are well-formed.
 * @throws SyntaxError
 */
export function parseJson(text: string): unknown {
  const value: unknown = JSON.parse(withoutMark(text));
  // Only an escape can spell half a character: a text that was decoded from bytes has none.
  return /\\u[dD][89a-fA-F]/.test(text) ? wellFormed(value) : value;
}

/** A text without the byte order mark that editors and shells on Windows put before it. */
export function withoutMark(text: string): string {
  return text.startsWith("\ufeff") ? text.slice(1) : text;
}

/** Most values in a text that is taken for an object. */
const MAX_VALUES = 500_000;

/**
 * The object in a JSON text, or `undefined` if it is none, is nested so deeply that nothing could walk it, or has so many values
 * in it that reading them would hold up everybody else.
 */
export function parseObject(text: string): JsonObject | undefined {
  if (isCrowded(text, MAX_VALUES)) return undefined;
  try {
    const value = parseJson(text);
    // Each level takes two characters.
    return text.length > 2 * MAX_DEPTH && isTooDeep(value) ? undefined : objectOf(value);
  } catch {
    // Not JSON: that is what `undefined` says.
    return undefined;
  }
}
