import { H2mError } from "../../errors.ts";
import { arrayOf, numberOf, objectOf, parseObject, stringOf } from "../../kit/json.ts";
import { visible } from "../../kit/visible.ts";
import { keptSecret } from "../../server/secrets.ts";
import type { ResolvedConfig } from "../../types/config.ts";
import type { Flags } from "../input/invocation.ts";
import { RunningServer } from "./running-server.ts";

/** Milliseconds for whoever listens there to say who he is. */
const PATIENCE = 2_000;
/** Most sessions that are named. */
const MOST = 5;

export interface Taken {
  readonly config: Pick<ResolvedConfig, "server">;
  readonly flags: Flags;
  /** Whose token is tried. */
  readonly profile: string | undefined;
}

/** A start that found its port taken, told with who has it, as far as it is an h2m: another error in its place. */
export async function withOther(error: unknown, taken: Taken): Promise<unknown> {
  const { host, port } = taken.config.server;
  // A port that was free a moment ago was nobody's that could be asked.
  if (port === 0) return error;
  const version = await versionAt(host, port);
  if (version === undefined) return error;
  const what = `An h2m (${visible(version)}) listens at ${host}:${port} already`;
  return told(what, taken).catch((cause: unknown) => {
    const { message } = H2mError.from(cause);
    return new H2mError("port-taken", `${what}. ${message}`, {
      hint: "Another user's, or one of another profile or token? Take another port: `--port N` (0 = any free one).",
      cause: error,
    });
  });
}

/** What says of itself that it is one; that proves nothing. */
async function versionAt(host: string, port: number): Promise<string | undefined> {
  const server = new RunningServer(host, port, undefined);
  // Nobody, or something that speaks otherwise: it is not told of.
  const answer = await server.ask("GET", "/health", { patience: PATIENCE }).catch(() => undefined);
  const health = answer?.status === 200 ? parseObject(answer.text) : undefined;
  return health?.["status"] === "ok" ? stringOf(health["version"]) : undefined;
}

/** @throws H2mError if it does not know the token, or does not answer */
async function told(what: string, { config, flags, profile }: Taken): Promise<H2mError> {
  const { host, port, auth, token } = config.server;
  const secret = auth ? (token ?? (await keptSecret("token", profile))) : undefined;
  const server = new RunningServer(host, port, secret);
  const { status, text } = await server.ask("GET", "/sessions", { patience: PATIENCE });
  const answer = status === 200 ? parseObject(text) : undefined;
  const sessions = arrayOf(answer?.["sessions"]);
  const pid = numberOf(answer?.["pid"]);
  if (!sessions || pid === undefined)
    throw new H2mError("internal", `It does not tell of its sessions (status ${status}).`);
  const place = placeOf(flags);
  return new H2mError("port-taken", `${what}: pid ${pid}, ${inWords(sessions)}.`, {
    hint: `Use it: ${server.url}/mcp. See what runs in it: \`h2m ps${place}\`; end its sessions: \`h2m stop --all${place}\`; end it: \`kill ${pid}\`. Or start another one beside it: \`--port N\` (0 = any free one).`,
  });
}

function inWords(sessions: readonly unknown[]): string {
  if (sessions.length === 0) return "no session";
  const names = sessions.slice(0, MOST).map((each) => {
    const { harness, name, client } = objectOf(each) ?? {};
    const session = [harness, name].map(stringOf).filter(Boolean).join("/");
    const who = stringOf(objectOf(client)?.["name"]);
    return visible(who === undefined ? session : `${session} of ${who}`);
  });
  const more = sessions.length > MOST ? [`${sessions.length - MOST} more`] : [];
  const count = sessions.length === 1 ? "1 session" : `${sessions.length} sessions`;
  return `${count} (${[...names, ...more].join(", ")})`;
}

/** The flags with which another command reaches the same server. */
function placeOf(flags: Flags): string {
  const named = ["config", "profile", "host", "port"] as const;
  return named
    .flatMap((name) => (flags[name] === undefined ? [] : [` --${name} ${visible(flags[name])}`]))
    .join("");
}
