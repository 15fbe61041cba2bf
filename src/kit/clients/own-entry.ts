import { arrayOf, type JsonObject, objectOf, stringOf } from "../json.ts";
import { SESSION_HEADER } from "../session-header.ts";

const PROGRAM = /(^|[\\/])(h2m|harness-to-mcp(@[\w.-]+)?|cli\.(mjs|ts))$/;
/** A proxy may have put something before it; then the harness, and the session. */
const PATH = /\/mcp(?:\/[\w-]+(?:\/([\w-]+))?)?\/?$/;
const NAME = /^[a-z0-9][a-z0-9_-]{0,31}$/;
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;
/** What of ours stands in an entry: its token's variable or file, or the header of a session. */
const MARK = /H2M_TOKEN|h2m[\\/]+token|h2m-session/;

/** Whether an entry of a client leads to h2m, however it came there. */
export function isOwnEntry(entry: JsonObject): boolean {
  const words = wordsOf(entry);
  if (words.includes("--stdio") && words.some((word) => PROGRAM.test(word))) return true;
  const url = urlOf(entry);
  const path = url && PATH.exec(url.pathname);
  if (!path) return false;
  // `/mcp` alone is the address of many others on this machine.
  const named = path[1] !== undefined && LOOPBACK.test(url.hostname);
  return named || MARK.test(JSON.stringify(entry));
}

/** The session that an entry over HTTP names. */
export function sessionOfEntry(entry: JsonObject | undefined): string | undefined {
  if (!entry) return undefined;
  const headers = objectOf(entry["headers"]) ?? objectOf(entry["http_headers"]) ?? {};
  const [, name] = PATH.exec(urlOf(entry)?.pathname ?? "") ?? [];
  const found = stringOf(headers[SESSION_HEADER]) ?? name;
  return found !== undefined && NAME.test(found) ? found : undefined;
}

/** Where it leads, over HTTP. */
export function urlOf(entry: JsonObject): URL | undefined {
  const text = ["url", "httpUrl", "serverUrl"].map((key) => stringOf(entry[key])).find(Boolean);
  return text !== undefined && URL.canParse(text) ? new URL(text) : undefined;
}

function wordsOf(entry: JsonObject): string[] {
  const [command, args] = [entry["command"], entry["args"]];
  return [...(arrayOf(command) ?? [command]), ...(arrayOf(args) ?? [])].flatMap(
    (word) => stringOf(word) ?? [],
  );
}
