const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]", "::1"]);

/** Where this machine reaches a server that listens on every address. */
export function reachable(host: string): string {
  const name = canonical(host);
  if (name === "0.0.0.0") return "127.0.0.1";
  return name === "[::]" ? "::1" : host;
}

/** A host as it stands in a URL. */
export function urlHost(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}

/** One spelling of an address, whichever side of a connection names it: a socket for both kinds calls `127.0.0.1` `::ffff:127.0.0.1`. */
export function plainAddress(address: string): string {
  const [plain = ""] = address.toLowerCase().split("%");
  return plain.replace(/^::ffff:(?=\d+\.)/, "");
}

/** A host as clients name it in their requests: an address has several spellings (`fd00:0::5`), and this one is sent. */
export function canonical(host: string): string {
  const url = `http://${urlHost(host)}`;
  return URL.canParse(url) ? new URL(url).hostname : host;
}

/** An address of this machine that no other one reaches. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.has(host) || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/** Whether a server there listens on every address of the machine, which is none to come by. */
export function isEvery(host: string): boolean {
  return reachable(host) !== host;
}

interface Served {
  readonly host: string;
  readonly allowedHosts: readonly string[];
  readonly publicUrl?: string | undefined;
}

/**
 * Where clients come to, the best first: the URL that was told to us; at every address, the names, and loopback for this machine.
 * `mcpUrl`: by the address that this machine reaches.
 */
export function mcpUrls(mcpUrl: string, { host, allowedHosts, publicUrl }: Served): string[] {
  const { port, pathname } = new URL(mcpUrl);
  if (publicUrl !== undefined) {
    const others = mcpUrls(mcpUrl, { host, allowedHosts });
    return [publicUrl.replace(/\/$/, "") + pathname, ...others];
  }
  const named = allowedHosts.map((name) => (/:\d+$/.test(name) ? name : `${name}:${port}`));
  const urls = isLoopback(host) ? [] : named.map((name) => `http://${name}${pathname}`);
  return isEvery(host) ? [...urls, mcpUrl] : [mcpUrl, ...urls];
}
