import { arrayOf, type JsonObject, objectOf, stringOf } from "../json.ts";
import { SESSION_HEADER } from "../session-header.ts";

const PROGRAM = /(^|[\\/])(h2m|harness-to-mcp(@[\w.-]+)?|cli\.(mjs|ts))$/;
const PATH = /^(\/harness_to_mcp)?\/mcp(\/[\w-]+){0,2}\/?$/;
const NAME = /^[a-z0-9][a-z0-9_-]{0,31}$/;
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/** Whether an entry of a client leads to h2m, however it came there. */
export function isOwnEntry(entry: JsonObject): boolean {
  const words = wordsOf(entry);
  if (words.includes("--stdio") && words.some((word) => PROGRAM.test(word))) return true;
  const url = urlOf(entry);
  if (!url || !PATH.test(url.pathname)) return false;
  const rest = JSON.stringify(entry);
  return LOOPBACK.test(url.hostname) || /H2M_TOKEN|h2m[\\/]+token|h2m-session/.test(rest);
}

/** The session that an entry over HTTP names. */
export function sessionOfEntry(entry: JsonObject | undefined): string | undefined {
  if (!entry) return undefined;
  const headers = objectOf(entry["headers"]) ?? objectOf(entry["http_headers"]) ?? {};
  const [, , name] = urlOf(entry)?.pathname.split("/").slice(1) ?? [];
  const found = stringOf(headers[SESSION_HEADER]) ?? name;
  return found !== undefined && NAME.test(found) ? found : undefined;
}

function wordsOf(entry: JsonObject): string[] {
  const [command, args] = [entry["command"], entry["args"]];
  return [...(arrayOf(command) ?? [command]), ...(arrayOf(args) ?? [])].flatMap(
    (word) => stringOf(word) ?? [],
  );
}

/** Where it leads, over HTTP. */
export function urlOf(entry: JsonObject): URL | undefined {
  const text = ["url", "httpUrl", "serverUrl"].map((key) => stringOf(entry[key])).find(Boolean);
  return text !== undefined && URL.canParse(text) ? new URL(text) : undefined;
}
