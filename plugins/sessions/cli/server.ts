import {
  arrayOf,
  H2mError,
  parseObject,
  type RunningH2m,
  stringOf,
  visible,
} from "../../../src/plugin.ts";
import type { SessionsAnswer } from "../index.ts";
import type { ListedSession } from "../listing.ts";

/** What runs there. @throws H2mError if nobody answers, or not as this h2m would */
export async function sessionsAt(server: RunningH2m, signal: AbortSignal): Promise<SessionsAnswer> {
  const { status, text } = await server.ask("GET", "/sessions", { signal });
  const answer = parseObject(text);
  if (status === 200 && answer && arrayOf(answer["sessions"]))
    // It knows the token: it is an h2m of this user's.
    return answer as unknown as SessionsAnswer;
  throw problemOf(server, status, text);
}

/** Why an answer is not the one that was asked for. */
export function problemOf({ url }: RunningH2m, status: number, text: string): H2mError {
  const said = stringOf(parseObject(text)?.["error"]);
  if (said !== undefined && status !== 404) return new H2mError("internal", visible(said));
  if (status === 404)
    return new H2mError(
      "unknown-session",
      said === undefined ? `${url} has no such thing.` : visible(said),
      {
        hint: "`h2m ps` lists the sessions. A server of an older version has none of these commands: start it anew.",
      },
    );
  return new H2mError("internal", `${url} answered with the status ${status}.`);
}

/** As the log calls a session. */
export function labelOf({ harness, name, id }: ListedSession): string {
  return `${harness}/${name ?? id.slice(0, 6)}`;
}

/** Fewest characters of an id that are shown. */
const SHORT = 8;

/** So many characters of each id tell it from the others. */
export function lengthOfIds(sessions: readonly ListedSession[]): number {
  const ids = sessions.map(({ id }) => id);
  const longest = Math.max(SHORT, ...ids.map((id) => id.length));
  for (let length = SHORT; length < longest; length++)
    if (new Set(ids.map((id) => id.slice(0, length))).size === ids.length) return length;
  return longest;
}

/** The session that is meant. @throws H2mError `unknown-session` if it is none, or may be several */
export function meant(word: string, sessions: readonly ListedSession[]): ListedSession {
  const exact = sessions.find((each) => each.id === word || labelOf(each) === word);
  if (exact) return exact;
  const [harness = "", rest] = word.split("/");
  const found = sessions.filter(
    (each) =>
      each.id.startsWith(word) ||
      (rest !== undefined && rest !== "" && each.harness === harness && each.id.startsWith(rest)),
  );
  const [only, ...others] = word === "" ? [] : found;
  if (only && others.length === 0) return only;
  const shown = visible(word);
  if (only)
    throw new H2mError("unknown-session", `\`${shown}\` is the beginning of ${found.length} ids.`, {
      hint: `Write more of it: ${found.map(({ id }) => visible(id)).join(", ")}.`,
    });
  const open = sessions.map((each) => visible(labelOf(each)));
  throw new H2mError("unknown-session", `There is no session \`${shown}\`.`, {
    hint:
      open.length === 0
        ? "None is open."
        : `Open: ${open.slice(0, 20).join(", ")}. \`h2m ps\` tells more.`,
  });
}
