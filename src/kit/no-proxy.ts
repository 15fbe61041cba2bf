type Variables = Readonly<Record<string, string | undefined>>;

/** The two spellings: curl reads the small one first, others the capital one, some only one of them. */
export interface NoProxy {
  readonly NO_PROXY: string;
  readonly no_proxy: string;
}

const LOOPBACK = ["127.0.0.1", "localhost", "::1"];

/**
 * `NO_PROXY` in both spellings: what the user has there, with loopback and the host of `origin` behind it. A harness with
 * these reaches h2m directly, also where `HTTP_PROXY`, `HTTPS_PROXY` or `ALL_PROXY` is set (Claude Code 2.1.197, Codex 0.169
 * and OpenCode 1.18.33 send even what is for 127.0.0.1 to such a proxy).
 * @param user the environment that the harness would have without us
 * @param origin the URL that the harness is to reach, such as `LaunchContext.origin`
 */
export function noProxy(user: Variables, origin: string): NoProxy {
  const direct = [...new Set([...LOOPBACK, ...spellings(new URL(origin).hostname)])];
  const upper = user["NO_PROXY"] || user["no_proxy"];
  const lower = user["no_proxy"] || user["NO_PROXY"];
  return { NO_PROXY: joined(upper, direct), no_proxy: joined(lower, direct) };
}

/** The same as words before a command, such as `NO_PROXY=127.0.0.1,localhost`, for any shell. */
export function noProxyWords(user: Variables, origin: string): string {
  return Object.entries(noProxy(user, origin))
    .map(([name, value]) => `${name}=${PLAIN.test(value) ? value : singlyQuoted(value)}`)
    .join(" ");
}

/** The environment, with `NO_PROXY` added where it names a proxy: whatever its launcher does, a harness reaches us. */
export function reachingUs(
  environment: Readonly<Record<string, string>>,
  origin: string,
): Record<string, string> {
  const proxied = Object.entries(environment).some(
    ([name, value]) => value !== "" && PROXY.test(name),
  );
  return proxied ? { ...environment, ...noProxy(environment, origin) } : { ...environment };
}

const PLAIN = /^[\w.,:/-]+$/;

function singlyQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

const PROXY = /^(https?|all)_proxy$/i;

/** An IPv6 address stands in brackets in a URL; programs differ in which form they compare. */
function spellings(hostname: string): string[] {
  return hostname.startsWith("[") ? [hostname.slice(1, -1), hostname] : [hostname];
}

function joined(theirs: string | undefined, direct: readonly string[]): string {
  // For some programs `*` means everything only if it stands alone.
  if (theirs?.trim() === "*") return "*";
  const known = new Set(theirs?.split(/[\s,]+/));
  return [theirs, ...direct.filter((host) => !known.has(host))].filter(Boolean).join(",");
}
