import { type JSONRPCRequest, SUPPORTED_PROTOCOL_VERSIONS } from "@modelcontextprotocol/server";

/** The revisions that have sessions. */
const LEGACY: ReadonlySet<string> = new Set(
  SUPPORTED_PROTOCOL_VERSIONS.filter((version) => version < "2026"),
);

/** The one request in a body of the 2025 era that an SDK transport would take and answer; `undefined`: it is to look itself. */
export function aloneIn(
  { method: verb, headers }: Request,
  body: unknown,
): JSONRPCRequest | undefined {
  const { id, method, params } = (body ?? {}) as Partial<JSONRPCRequest>;
  if (verb !== "POST" || id === undefined || method === undefined || method === "initialize")
    return undefined;
  const accept = headers.get("accept") ?? "";
  if (!accept.includes("application/json") || !accept.includes("text/event-stream"))
    return undefined;
  const version = headers.get("mcp-protocol-version");
  if (version !== null && !LEGACY.has(version)) return undefined;
  // What names its revision in each request is of the newer era.
  for (const key in params?._meta) if (key.startsWith("io.modelcontextprotocol/")) return undefined;
  return body as JSONRPCRequest;
}
