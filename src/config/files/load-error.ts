import { readFile } from "node:fs/promises";
import { basename, dirname, extname } from "node:path";
import { fileURLToPath } from "node:url";
import { H2mError } from "../../errors.ts";
import { withoutMark } from "../../kit/json.ts";
import { ancestors } from "../../kit/programs.ts";

export interface LoadErrorOptions {
  /** What could not be loaded, in words before the file's name: `The config file`. */
  readonly what: string;
  readonly file: string;
  readonly hint: string;
}

/** Why a file of the user's could not be loaded, and at which of its lines. */
export async function loadError(options: LoadErrorOptions, cause: unknown): Promise<H2mError> {
  const { what, file, hint } = options;
  // jiti 2.7 makes errors in another realm, so that `instanceof Error` is of no use.
  const { message, stack } = (cause ?? {}) as { message?: unknown; stack?: unknown };
  const text = typeof message === "string" ? message : String(cause);
  const [first = ""] = text.split("\nRequire stack:");
  const place = (await placeOf(first, file)) ?? placeInStack(stack);
  const plain = first
    .replace(/^ParseError:\s*/, "")
    .replaceAll(file, "")
    .replace(/\s+/g, " ")
    .replace(/^[\s:]+|[\s:]+(\d+:\d+)?\s*$/g, "");
  return new H2mError(
    "bad-config",
    `${what} \`${place ?? file}\` cannot be loaded: ${plain || "it threw nothing"}.`,
    { hint, cause },
  );
}

/** `file:line:column` in a message of jiti (` \n /x/h2m.config.ts:2:20`), or of JSON (`… at position 26`). */
async function placeOf(message: string, file: string): Promise<string | undefined> {
  const parsed = /\n\s*(\/.+:\d+:\d+)\s*$/.exec(message);
  if (parsed) return parsed[1];
  const position = /\bat position (\d+)/.exec(message)?.[1];
  if (position === undefined || extname(file) !== ".json") return undefined;
  const before = withoutMark(await readFile(file, "utf8"))
    .slice(0, Number(position))
    .split("\n");
  return `${file}:${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
}

/** The innermost line of the user's own code. */
function placeInStack(stack: unknown): string | undefined {
  if (typeof stack !== "string") return undefined;
  const ours = ownFolder();
  for (const [, url = ""] of stack.matchAll(/^ +at (?:.* \()?((?:file:\/)?\/.*:\d+:\d+)\)?$/gm)) {
    const place = url.startsWith("file:") ? fileURLToPath(url) : url;
    if (!place.includes("/node_modules/") && !(ours && place.startsWith(`${ours}/`))) return place;
  }
  return undefined;
}

/** Of our own code, as it runs: `dist` in the package, `src` in its repository. */
function ownFolder(): string | undefined {
  const above = ancestors(dirname(fileURLToPath(import.meta.url)));
  return above.find((folder) => ["src", "dist"].includes(basename(folder)));
}
