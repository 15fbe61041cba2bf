import { isIP } from "node:net";
import { z } from "zod";
import { SESSION_NAME } from "../../core/session/session-name.ts";
import { isHostKey } from "../../core/host/keys.ts";
import { RISK_PREFIX, RISKS } from "../../core/call/risk.ts";
import { isBadPort } from "../../kit/bad-ports.ts";
import { isTooDeep } from "../../kit/depth.ts";
import type { LogLevel } from "../../types/config.ts";

/** One value that is checked as a whole; `expected` says in an error what it must be. */
export function value<T>(expected: string, test: (given: unknown) => boolean): z.ZodCustom<T, T> {
  return z.custom<T>(test, { params: { expected } });
}

/** Timers of Node take no more: a longer one would fire at once. */
const LONGEST = 2 ** 31 - 1;
const LEVELS: readonly LogLevel[] = ["silent", "error", "warn", "info", "debug"];

export const text = value<string>(
  "a text that is not empty",
  (given) => typeof given === "string" && given !== "",
);

export const anyText = value<string>("a text", (given) => typeof given === "string");

export const flag = value<boolean>("true or false", (given) => typeof given === "boolean");

export const milliseconds = wholeNumber(1, LONGEST, " (milliseconds)");

/** None at all may be meant. */
export const someMilliseconds = wholeNumber(0, LONGEST, " (milliseconds)");

export const port = wholeNumber(0, 65_535).refine((given) => !isBadPort(given), {
  params: { expected: "a port that browsers and `fetch` connect with" },
});

export const host = value<string>(
  "a host name or an address without a port, such as 127.0.0.1 or ::1",
  (given) => typeof given === "string" && (isIP(given) !== 0 || /^[\w.-]+$/.test(given)),
);

export const logLevel = value<LogLevel>(`one of ${LEVELS.join(", ")}`, (given) =>
  (LEVELS as readonly unknown[]).includes(given),
);

/** It goes into a header as it is. */
export const token = matching(
  "a text of ASCII letters and signs, without spaces",
  /^[\x21-\x7e]+$/,
);

export const attachKey = value<string>(
  "a text of ASCII letters and signs, without spaces, and no key that h2m made for a harness",
  (given) => typeof given === "string" && /^[\x21-\x7e]+$/.test(given) && !isHostKey(given),
);

export const toolName = matching(
  "a tool name: 1 to 128 of A-Z, a-z, 0-9, _, - and .",
  /^[\w.-]{1,128}$/,
);

export const toolOrRisk = value<string>(
  `a glob of tool names, or one of ${RISKS.map((risk) => RISK_PREFIX + risk).join(", ")}`,
  (given) =>
    typeof given === "string" &&
    given !== "" &&
    (!given.startsWith(RISK_PREFIX) ||
      (RISKS as readonly string[]).includes(given.slice(RISK_PREFIX.length))),
);

export const toolPrefix = matching(
  "the beginning of a tool name: up to 32 of A-Z, a-z, 0-9, _, - and .",
  /^[\w.-]{0,32}$/,
);

export const argumentName = value<string>(
  "the name of an argument",
  (given) => typeof given === "string" && given !== "",
);

export const json = value<unknown>(
  "a value that JSON can say",
  (given) => !isTooDeep(given) && isJson(given),
);

export const profileName = matching(
  "a name of 1 to 32 of A-Z, a-z, 0-9, _ and -",
  /^\w[\w-]{0,31}$/,
);

export const environmentValue = value<string | undefined>(
  "a text, or undefined to take the variable away",
  (given) => typeof given === "string" || given === undefined,
);

export const allowedHost = matching(
  "a host name, with a port or without",
  /^(\[[\da-f:.]+\]|[\w.-]+)(:\d+)?$/i,
);

export const publicUrl = value<string>(
  "a URL such as https://hands.example.com, without a query and without a name and password in it",
  (given) => typeof given === "string" && URL.canParse(given) && isPlain(new URL(given)),
);

function isPlain({ protocol, username, password, search, hash }: URL): boolean {
  return /^https?:$/.test(protocol) && username + password + search + hash === "";
}

/** Begins the names of its tools. */
export const upstreamName = matching(
  "1 to 24 of a-z, 0-9, _ and -, with a letter first",
  /^[a-z][a-z0-9_-]{0,23}$/,
);

/** The address of another MCP server: what is sent to it may hold a secret. */
export const upstreamUrl = value<string>(
  "an https URL, or an http one of this machine, without a name and password in it",
  (given) => typeof given === "string" && URL.canParse(given) && isSafe(new URL(given)),
);

function isSafe({ protocol, hostname, username, password }: URL): boolean {
  if (username + password !== "") return false;
  const own = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
  return protocol === "https:" || (protocol === "http:" && own);
}

/** The key of a resource. `h2m:` is ours: results that were too large. */
export const resourceUri = value<string>(
  "a URI such as docs://readme",
  (given) => typeof given === "string" && URL.canParse(given) && !given.startsWith("h2m:"),
);

export const instance = matching("1 to 16 of a-z and 0-9", /^[a-z0-9]{1,16}$/);

export const network = value<string>(
  "an address such as 10.1.2.3, or a network such as 10.0.0.0/8 or fd00::/8",
  (given) => typeof given === "string" && isNetwork(given),
);

function isNetwork(text: string): boolean {
  const [address = "", bits, more] = text.split("/");
  const kind = isIP(address);
  if (kind === 0 || more !== undefined) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (kind === 4 ? 32 : 128));
}

export const allowedOrigin = value<string>(
  "an origin such as https://app.example or tauri://localhost, without a path",
  (given) => typeof given === "string" && URL.canParse(given) && isOrigin(given),
);

/** Of the web, or of an app with a scheme of its own: the platform knows no origin of such a one. */
function isOrigin(url: string): boolean {
  const { origin, protocol } = new URL(url);
  if (origin !== "null") return origin === url;
  return protocol !== "file:" && /^[a-z][a-z\d+.-]*:\/\/[a-z\d.-]+(:\d+)?$/.test(url);
}

/** One of a few words. */
export function oneOf<const T extends readonly [unknown, unknown, ...unknown[]]>(
  ...words: T
): z.ZodCustom<T[number], T[number]> {
  const texts = words.map((word) => JSON.stringify(word));
  const expected = `${texts.slice(0, -1).join(", ")} or ${texts.at(-1)}`;
  return value<T[number]>(expected, (given) => words.includes(given));
}

export function wholeNumber(least: number, most: number, unit = ""): z.ZodCustom<number, number> {
  return value<number>(
    `a whole number from ${least} to ${most}${unit}`,
    (given) => Number.isInteger(given) && Number(given) >= least && Number(given) <= most,
  );
}

function matching(expected: string, pattern: RegExp): z.ZodCustom<string, string> {
  return value<string>(expected, (given) => typeof given === "string" && pattern.test(given));
}

export const sessionName = z.custom<string>((given) => SESSION_NAME.test(String(given)), {
  params: { expected: "a name of 1 to 32 of a-z, 0-9, _ and -" },
});

function isJson(given: unknown): boolean {
  if (given === null || typeof given === "string" || typeof given === "boolean") return true;
  if (typeof given === "number") return Number.isFinite(given);
  if (typeof given !== "object") return false;
  if (Array.isArray(given)) return given.every(isJson);
  return Object.values(given).every(isJson);
}
