import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseTOML } from "confbox/toml";
import { homeFolder, H2mError, type JsonObject, objectOf, withoutMark } from "../../src/plugin.ts";

type Variables = Readonly<Record<string, string | undefined>>;

/** What belongs to the user's set-up in the folder of codex 0.169; the rest of it is state, or the key of a vendor. */
const LINKED = [
  ".credentials.json",
  "AGENTS.md",
  "AGENTS.override.md",
  "agents",
  "hooks",
  "hooks.json",
  "plugins",
  "prompts",
  "rules",
  "skills",
];
/** Would choose another model or provider, or lay itself over what we set. */
const NOT_TAKEN = ["profile", "profiles", "model_provider", "otel"];

/** The user's folder of codex. @param own h2m's environment, which is the user's */
export function userFolder(own: Variables): string {
  return own["CODEX_HOME"] ?? join(homeFolder(own) ?? "/", ".codex");
}

/** `config.toml` of that folder, without what would lead to another model. @throws H2mError `bad-config` if it is not TOML */
export function userConfig(folder: string): JsonObject {
  const file = join(folder, "config.toml");
  if (!existsSync(file)) return {};
  try {
    const config = { ...objectOf(parseTOML(withoutMark(readFileSync(file, "utf8")))) };
    for (const key of NOT_TAKEN) delete config[key];
    return config;
  } catch (cause) {
    throw new H2mError(
      "bad-config",
      `The settings of codex in \`${file}\` cannot be read: ${H2mError.from(cause).message}`,
      { hint: 'Mend the file, or leave out `settings: "user"`.', cause },
    );
  }
}

/** What else of that folder codex shall find in its own, by path below `into`. */
export function userLinks(folder: string, into: string): Record<string, string> {
  const found = LINKED.filter((name) => existsSync(join(folder, name)));
  return Object.fromEntries(found.map((name) => [join(into, name), join(folder, name)]));
}

/** Objects are laid over one another key by key; whatever else `over` has stands in the place of what was there. */
export function laidOver(under: JsonObject, over: JsonObject): JsonObject {
  const result: JsonObject = { ...under };
  for (const [key, value] of Object.entries(over)) {
    const [below, above] = [objectOf(result[key]), objectOf(value)];
    result[key] = below && above ? laidOver(below, above) : value;
  }
  return result;
}
