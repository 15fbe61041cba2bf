import { didYouMean } from "../../kit/did-you-mean.ts";
import { H2mError } from "../../errors.ts";
import { arrayOf, type JsonObject, objectOf } from "../../kit/json.ts";
import type { H2mConfig, Profile } from "../../types/config.ts";
import { workspacesOfPicked } from "./workspaces.ts";

/** The profiles that need no config. One of the config's own with the same name lies over it. */
export const BUILT_IN_PROFILES: Readonly<Record<string, Profile>> = {
  readonly: { tools: { readOnly: true } },
  full: { tools: { include: ["*"], exclude: [], readOnly: false } },
};

/**
 * The config with one of its profiles laid over it: objects are merged, lists and everything else replaced.
 * @throws H2mError `bad-usage` if there is no such profile, naming the nearest
 */
export function withProfile(config: H2mConfig, name: string): H2mConfig {
  const own = config.profiles ?? {};
  const layers = [BUILT_IN_PROFILES, own].flatMap((profiles) =>
    Object.hasOwn(profiles, name) ? [profiles[name]] : [],
  );
  if (layers.length > 0) return layers.reduce<H2mConfig>(over, config);
  const known = [...new Set([...Object.keys(own), ...Object.keys(BUILT_IN_PROFILES)])];
  throw new H2mError("bad-usage", `There is no profile \`${name}\`.`, {
    hint: didYouMean(name, known),
  });
}

function over(config: H2mConfig, profile: Profile = {}): H2mConfig {
  const { harnesses } = profile;
  const chosen = arrayOf(harnesses);
  const options = optionsOf(config.harnesses);
  const whole = merged(config, profile) as H2mConfig;
  return {
    ...whole,
    ...(chosen &&
      whole.workspaces && {
        workspaces: workspacesOfPicked(whole.workspaces, chosen.map(String), Object.keys(options)),
      }),
    // Names choose harnesses; what the config says of those stays.
    ...(harnesses && {
      harnesses: chosen
        ? Object.fromEntries(chosen.map((name) => [String(name), options[String(name)] ?? {}]))
        : (merged(options, harnesses) as H2mConfig["harnesses"]),
    }),
  };
}

function optionsOf(harnesses: H2mConfig["harnesses"] = {}): JsonObject {
  const names = arrayOf(harnesses);
  return names
    ? Object.fromEntries(names.map((name) => [String(name), {}]))
    : (harnesses as JsonObject);
}

function merged(under: unknown, top: unknown): unknown {
  const [below, above] = [objectOf(under), objectOf(top)];
  if (top === undefined) return under;
  if (!below || !above) return top;
  const keys = Object.entries(above).map(([key, value]) => [key, merged(below[key], value)]);
  return { ...below, ...Object.fromEntries(keys) };
}
