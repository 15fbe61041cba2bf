import type { Middleware } from "h3";
import { sameSecret } from "../kit/secrets.ts";
import { HIJACK_PATH } from "../hijack/routes.ts";
import { canonical, isLoopback } from "./address.ts";
import { Proxies } from "./proxies.ts";

export interface GuardOptions {
  /** `undefined`: no token is asked for. */
  readonly token: string | undefined;
  /** The address that the server listens at: whoever comes to it names it, our own harnesses above all. */
  readonly host: string;
  readonly allowedHosts: readonly string[];
  readonly allowedOrigins: readonly string[];
  /** Proxies whose `X-Forwarded-Host` is believed. @default none */
  readonly trustProxy?: readonly string[];
  /** Where clients reach it; its host is allowed. */
  readonly publicUrl?: string | undefined;
  /** Where the routes for harnesses begin: they have keys instead of the token. */
  readonly hijackRoots: readonly string[];
  /** Paths that need no token: what is given there holds nothing of this server. @default none */
  readonly open?: readonly string[] | undefined;
  /** Another program hands its requests over: of one that it made itself, without a `Host`, the URL names it. @default false */
  readonly embedded?: boolean | undefined;
}

const FORBIDDEN = new Set(["CONNECT", "TRACE", "TRACK"]);
/** What a balancer asks, which has no token. */
const HEALTH = new Set(["/health", `${HIJACK_PATH}/health`, "/ready"]);

/**
 * Stands before every route: Host and Origin against web pages and DNS rebinding, then the token.
 * The hijack API asks for keys of its own, behind this.
 */
export function guard(options: GuardOptions): Middleware {
  const hosts = hostsOf(options);
  const proxies = new Proxies(options.trustProxy ?? []);
  return (event, next) => {
    const peer = event.runtime?.node?.req.socket?.remoteAddress;
    const named = proxies.hostNamedTo(peer, event.req.headers);
    return refuse(event.req, options, hosts, named) ?? next();
  };
}

/** Those that are served here, beside loopback. */
function hostsOf({ host, allowedHosts, publicUrl }: GuardOptions): ReadonlySet<string> {
  const known = publicUrl === undefined ? [] : [new URL(publicUrl).host];
  return new Set([canonical(host), ...allowedHosts, ...known].map((each) => each.toLowerCase()));
}

/** Why a request may not pass, or `undefined`. `named`: the host that the client named to a proxy of ours. */
export function refuse(
  request: Request,
  options: GuardOptions,
  hosts = hostsOf(options),
  named?: string,
): Response | undefined {
  const url = parsed(request.url);
  // The `Host` is a part of it: of one that no URL can have, such as the port 99999, nothing can be said but that.
  if (!url) return problem(400, "The `Host` or the target is not one that a URL can have.");
  const { pathname, host: target } = url;
  const host = request.headers.get("host") ?? (options.embedded ? target : null);
  // HTTP/1.0 has no such header.
  if (host === null) return problem(400, "The request names no host: send a `Host` header.");
  // A request line may name a host of its own (`GET http://x/mcp`), which stands above the header.
  const foreign = [named ?? host, named ?? target].find((each) => !isAllowedHost(each, hosts));
  if (foreign !== undefined)
    return problem(
      403,
      `The host \`${foreign}\` is not served here. Add it to \`server.allowedHosts\` (or \`--allowed-host\`, \`H2M_ALLOWED_HOSTS\`) if it is yours.`,
    );
  const origin = request.headers.get("origin");
  if (origin !== null && !isAllowedOrigin(origin, options.allowedOrigins)) {
    return problem(
      403,
      `Requests from the origin \`${origin}\` are refused. Add it to \`server.allowedOrigins\` if it is yours.`,
    );
  }
  // The platform's own `Request`, which this one becomes on its way, throws at these.
  if (FORBIDDEN.has(request.method)) return problem(405, `${request.method} is not served here.`);
  if (HEALTH.has(pathname)) return undefined;
  if (request.method === "GET" && options.open?.includes(pathname)) return undefined;
  if (request.method === "POST" && !isJson(request.headers.get("content-type"))) {
    return problem(415, "The body must be sent as `application/json`.");
  }
  const encoding = request.headers.get("content-encoding") ?? "identity";
  if (encoding.trim().toLowerCase() !== "identity")
    return problem(415, `A body that is \`${encoding}\` is not read here: send it as it is.`);
  if (options.hijackRoots.some((root) => pathname.startsWith(root))) return undefined;
  if (options.token === undefined || hasToken(request.headers, options.token)) return undefined;
  return problem(401, "The request needs the token: `Authorization: Bearer <token>`.");
}

function parsed(url: string): URL | undefined {
  try {
    return new URL(url);
  } catch {
    // No URL: that is what `undefined` says.
    return undefined;
  }
}

function isAllowedHost(header: string, hosts: ReadonlySet<string>): boolean {
  const said = header.toLowerCase();
  const name = said.replace(/:\d+$/, "");
  return isLoopback(name) || hosts.has(name) || hosts.has(said);
}

function isAllowedOrigin(origin: string, allowed: readonly string[]): boolean {
  const said = origin.toLowerCase();
  if (allowed.includes(said)) return true;
  // Only a page that a server of this machine gave has such an origin; apps choose theirs, such as `tauri://localhost`.
  if (!/^https?:\/\/[^/@?#\\]+\/?$/.test(said) || !URL.canParse(said)) return false;
  return isLoopback(new URL(said).hostname);
}

function hasToken(headers: Headers, token: string): boolean {
  const given = /^Bearer\s+(\S+)$/i.exec(headers.get("authorization") ?? "")?.[1];
  return given !== undefined && sameSecret(given, token);
}

function isJson(type: string | null): boolean {
  return type?.split(";")[0]?.trim().toLowerCase() === "application/json";
}

function problem(status: number, message: string): Response {
  const headers = status === 401 ? { "www-authenticate": 'Bearer realm="h2m"' } : undefined;
  return Response.json({ error: message }, { status, headers });
}
