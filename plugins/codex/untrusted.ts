import { realpathSync } from "node:fs";
import { join, resolve } from "node:path";
import { ancestors, H2mError, type JsonObject } from "../../src/plugin.ts";

/** What the file of {@link CANARY} says, and codex tells in its answer if it takes it for true. */
const SIGN = "high";
/** A folder with a setting of its own, in the private folder. If codex heeds it, it would heed those of the user's project too. */
const CANARY = "canary";

/** The file of the canary, by its path in the private folder. */
export const CANARY_FILES = {
  [`${CANARY}/.codex/config.toml`]: `model_reasoning_effort = "${SIGN}"\n`,
};

/**
 * The settings by which codex 0.169 and 0.171 runs nothing that the project's own files say: no MCP server, hook, `notify`, rule
 * or variable of the `.codex` folders from the working folder up to the root of its repository.
 *
 * Said of every folder above as well: codex asks for each folder with a `.codex` in it, and trusts by itself the working folder
 * of a thread with full access of which nothing is said. By name and not by what is there now, so a file that appears later
 * changes nothing.
 * @param folder absolute; codex looks a folder up by its real name and by the one that it was given
 */
export function untrusted(folder: string): JsonObject {
  const all = new Set([folder, realNameOf(folder)].flatMap((each) => ancestors(resolve(each))));
  return {
    projects: Object.fromEntries([...all].map((each) => [each, { trust_level: "untrusted" }])),
  };
}

function realNameOf(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    // A folder that is not there has no other name; the error for it is codex's.
    return folder;
  }
}

/** The folder of the canary. @param home the private folder */
export function canaryIn(home: string): string {
  return join(home, CANARY);
}

/**
 * @param answer what codex says of a thread that it started for the canary
 * @throws H2mError `no-harness` if it took the canary's settings
 */
export function checkCanary(answer: JsonObject, cwd: string, version = "of unknown version"): void {
  if (answer["reasoningEffort"] !== SIGN) return;
  const file = join(cwd, ".codex/config.toml");
  throw new H2mError(
    "no-harness",
    `This codex (${version}) cannot be kept from running what a project's own files say, such as \`${file}\`.`,
    {
      hint: 'Install a codex that can (0.169 and 0.171 do), or allow it with `harnesses: { codex: { settings: "user" } }`.',
    },
  );
}
