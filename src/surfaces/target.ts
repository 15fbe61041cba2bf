import { CLIENT_INFO_META_KEY } from "@modelcontextprotocol/server";
import { mustBeName } from "../core/session/session-name.ts";
import { H2mError } from "../errors.ts";
import { startOf } from "../kit/cut.ts";
import { SESSION_HEADER } from "../kit/session-header.ts";
import type { ClientInfo, SessionTarget } from "../types/session.ts";

/** Most characters of what a client says of itself. */
const LONGEST = 64;

/** What the URL has behind `/mcp`. */
export interface UrlParts {
  readonly first?: string;
  readonly name?: string;
}

/**
 * `/mcp`, `/mcp/<harness>`, `/mcp/<harness>/<name>` and `/mcp/<attached name>`, and the header.
 * @throws H2mError `bad-request` if the header is no name, or names another session than the URL
 */
export function targetOf(
  { first, name }: UrlParts,
  headers: Headers,
  harnesses: readonly string[],
): SessionTarget {
  const said = headers.get(SESSION_HEADER) ?? undefined;
  if (said !== undefined) mustBeName(said);
  const isHarness = first !== undefined && (name !== undefined || harnesses.includes(first));
  const attached = isHarness ? undefined : first;
  if (said !== undefined && name !== undefined && said !== name)
    throw contrary(
      `The header \`${SESSION_HEADER}\` names the session \`${said}\`, and the URL \`${startOf(name, LONGEST)}\`.`,
      "Name it in one of the two.",
    );
  if (isHarness) return { harness: first, name: name ?? said };
  if (attached !== undefined) return { attached, name: said };
  if (said === undefined || harnesses.length > 0) return { name: said };
  throw contrary(
    `The header \`${SESSION_HEADER}\` names a session of a harness of the config, and there is none.`,
    "A harness that attaches has one session, at `/mcp` or `/mcp/<name>`: leave the header out.",
  );
}

/** @throws H2mError `bad-request` if a request of an MCP session names another session than `opened`, which that leads to */
export function mustLeadTo(headers: Headers, opened: string | undefined): void {
  const said = headers.get(SESSION_HEADER);
  if (said === null || said === opened) return;
  const other = opened === undefined ? "a session of its own" : `the session \`${opened}\``;
  throw contrary(
    `The header \`${SESSION_HEADER}\` names the session \`${startOf(said, LONGEST)}\`, and this \`Mcp-Session-Id\` leads to ${other}.`,
    "Initialize again, and send the header with that.",
  );
}

function contrary(message: string, hint: string): H2mError {
  return new H2mError("bad-request", message, { hint });
}

/** Who sent a body, as far as it says so: in `initialize`, and since 2026-07-28 in every request. */
export function clientOf(body: unknown): ClientInfo | undefined {
  const messages: unknown[] = Array.isArray(body) ? body : [body];
  for (const message of messages) {
    const { params } = (message ?? {}) as { params?: Params | null };
    const client = clientInfoOf(params?.clientInfo ?? params?._meta?.[CLIENT_INFO_META_KEY]);
    if (client) return client;
  }
  return undefined;
}

/** What a client says of itself: anything may come, of any length. */
export function clientInfoOf(said: unknown): ClientInfo | undefined {
  const { name, version } = (said ?? {}) as { name?: unknown; version?: unknown };
  if (typeof name !== "string") return undefined;
  const known = typeof version === "string" ? { version: startOf(version, LONGEST) } : {};
  return { name: startOf(name, LONGEST), ...known };
}

interface Params {
  readonly clientInfo?: unknown;
  readonly _meta?: { readonly [CLIENT_INFO_META_KEY]?: unknown } | null;
}
