import { H2mError } from "../errors.ts";
import type { ResolvedConfig } from "../types/config.ts";
import { isEvery, isLoopback } from "./address.ts";
import { keptSecret } from "./secrets.ts";

/** What opens a server. */
export interface OpeningSecrets {
  /** MCP; `undefined`: no token is asked for, or MCP is not served over HTTP. */
  readonly token: string | undefined;
  /** The hijack API, for harnesses that the user starts; `undefined`: any key does. */
  readonly attachKey: string | undefined;
}

/**
 * Those that the config gives, or that are kept for a profile. `http`: MCP is served over HTTP. `embedded`: another program listens
 * for its clients.
 * @throws H2mError `bad-config` if the server would be open to others
 */
export async function openingSecrets(
  server: ResolvedConfig["server"],
  { http, embedded }: { readonly http: boolean; readonly embedded: boolean },
  profile: string | undefined,
): Promise<OpeningSecrets> {
  // Where another program serves the clients, it decides where.
  const open = !embedded && !isLoopback(server.host);
  if (!server.auth) {
    if (!open) return { token: undefined, attachKey: undefined };
    throw new H2mError(
      "bad-config",
      `Without a secret, h2m serves loopback only, not \`${server.host}\`.`,
      {
        hint: "Leave out `--no-auth`, or `--host`.",
      },
    );
  }
  if (open && http) mustBeClosed(server);
  const attachKey =
    server.attachKey ?? (http ? await keptSecret("attach-key", profile) : undefined);
  return {
    token: http ? (server.token ?? (await keptSecret("token", profile))) : undefined,
    // Nobody can attach to a server that serves one client of its own: a key that nobody knows.
    attachKey: attachKey ?? crypto.randomUUID(),
  };
}

/** Fewest characters of a secret that anybody on the network may try to guess, and how many of them must differ. */
const LEAST = 16;
const LEAST_DIFFERENT = 8;

/** @throws H2mError `bad-config` with each thing that is missing for a server that others can reach */
function mustBeClosed(server: ResolvedConfig["server"]): void {
  const { host, token, attachKey, allowedHosts, publicUrl } = server;
  const missing = [
    ...(token === undefined ? [`a token of yours: ${MAKE.replace("NAME", "H2M_TOKEN")}`] : []),
    ...weak("token", "H2M_TOKEN", token),
    ...weak("attach key", "H2M_ATTACH_KEY", attachKey),
    // Whoever comes to one address names that.
    ...(isEvery(host) && allowedHosts.length === 0 && publicUrl === undefined
      ? [
          "the names that it is reached by: `--allowed-host devbox.example`, `H2M_ALLOWED_HOSTS`, `server.allowedHosts` or `server.publicUrl`",
        ]
      : []),
  ];
  if (missing.length === 0) return;
  const list = missing.map((each) => `\n  - ${each}`).join("");
  throw new H2mError(
    "bad-config",
    `To serve \`${host}\`, which others can reach, h2m needs${list}`,
  );
}

/** An environment variable, which `ps` shows to nobody else. */
const MAKE = '`export NAME="$(openssl rand -hex 24)"`, and keep it';

function weak(what: string, variable: string, secret: string | undefined): string[] {
  if (secret === undefined) return [];
  const strong = secret.length >= LEAST && new Set(secret).size >= LEAST_DIFFERENT;
  if (strong) return [];
  const kind = `at least ${LEAST} characters, ${LEAST_DIFFERENT} of them different`;
  return [`a stronger ${what} than yours (${kind}): ${MAKE.replace("NAME", variable)}`];
}
