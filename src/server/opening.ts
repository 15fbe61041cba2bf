import { H2mError } from "../errors.ts";
import type { ResolvedConfig } from "../types/config.ts";
import { isLoopback } from "./guard.ts";
import { keptSecret } from "./secrets.ts";

/** What opens a server. */
export interface OpeningSecrets {
  /** MCP; `undefined`: no token is asked for, or MCP is not served over HTTP. */
  readonly token: string | undefined;
  /** The hijack API, for harnesses that the user starts; `undefined`: any key does. */
  readonly attachKey: string | undefined;
}

/**
 * Those that the config gives, or that are kept for a profile.
 * @throws H2mError `bad-config` if the server would be open to others
 */
export async function openingSecrets(
  server: ResolvedConfig["server"],
  http: boolean,
  profile: string | undefined,
): Promise<OpeningSecrets> {
  const open = !isLoopback(server.host);
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
  if (open && http && (server.token === undefined || server.allowedHosts.length === 0)) {
    throw new H2mError(
      "bad-config",
      `To serve \`${server.host}\`, h2m needs a token of yours and the names it is reached by.`,
      {
        hint: "Set `H2M_TOKEN` (or `--token`) and `server.allowedHosts`.",
      },
    );
  }
  const attachKey =
    server.attachKey ?? (http ? await keptSecret("attach-key", profile) : undefined);
  return {
    token: http ? (server.token ?? (await keptSecret("token", profile))) : undefined,
    // Nobody can attach to a server that serves one client of its own: a key that nobody knows.
    attachKey: attachKey ?? crypto.randomUUID(),
  };
}
