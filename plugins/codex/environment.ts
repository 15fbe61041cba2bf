import { arrayOf, globs, type JsonObject, noProxy, objectOf, stringOf } from "../../src/plugin.ts";

export type Variables = Readonly<Record<string, string | undefined>>;

/** How long codex gathers its telemetry before it posts it, in ms. */
const TELEMETRY_DELAY = "OTEL_BLRP_SCHEDULE_DELAY";
/** The settings of OpenTelemetry. Codex 0.169 obeys them: with a header or a compression of the user's, none of its posts gets to us. */
const TELEMETRY = /^OTEL_/;
/** What is said to codex alone. Codex compares without regard to case. */
const OURS = ["CODEX_HOME", TELEMETRY_DELAY, "NO_PROXY", "no_proxy"];

/**
 * What codex has in its environment besides the user's own; `undefined` takes a variable away.
 * @param user the environment that it would have without us
 */
export function environmentOf(user: Variables, folder: string, origin: string): Variables {
  return { CODEX_HOME: folder, ...noProxy(withAddresses(user), origin) };
}

/**
 * The same environment with a `NO_PROXY` that codex takes as it is meant: by `*` it understands each name, and no address such as
 * 127.0.0.1 (0.169, 0.171).
 */
export function withAddresses(user: Variables): Variables {
  const all = Object.entries(user).filter(
    ([name, value]) => /^no_proxy$/i.test(name) && value?.trim() === "*",
  );
  return { ...user, ...Object.fromEntries(all.map(([name]) => [name, "*,127.0.0.1"])) };
}

/** What nobody else decides for codex itself: the settings of a telemetry that is ours. Tools get the user's by the policy. */
export function telemetryOf(user: Variables): Variables {
  const taken = Object.keys(user).filter((name) => TELEMETRY.test(name));
  return { ...Object.fromEntries(taken.map((name) => [name, undefined])), [TELEMETRY_DELAY]: "1" };
}

/**
 * The `shell_environment_policy` by which tools see the user's environment, and not that of codex.
 * @param policy the user's own, whose wishes hold: what it keeps back is not given back
 */
export function policyFor(user: Variables, policy?: JsonObject): JsonObject {
  const theirs = (arrayOf(policy?.["exclude"]) ?? []).map(String);
  const hidden = hides(policy, theirs);
  const changed = Object.entries(user).filter(
    ([name, value]) =>
      value !== undefined &&
      !hidden(name) &&
      (TELEMETRY.test(name) || OURS.slice(2).includes(name)),
  );
  return {
    exclude: [...theirs, ...OURS],
    set: { ...Object.fromEntries(changed), ...objectOf(policy?.["set"]) },
  };
}

function hides(
  policy: JsonObject | undefined,
  exclude: readonly string[],
): (name: string) => boolean {
  const inherit = stringOf(policy?.["inherit"]) ?? "all";
  if (inherit !== "all") return () => true;
  // Codex's own list, which it heeds if it is told to.
  const secrets =
    policy?.["ignore_default_excludes"] === false ? ["*KEY*", "*SECRET*", "*TOKEN*"] : [];
  const match = globs([...exclude, ...secrets].map((each) => each.toUpperCase()));
  return (name) => match(name.toUpperCase());
}
