import { realpathSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import { homeFolder } from "../../src/plugin.ts";

type Variables = Readonly<Record<string, string | undefined>>;

/** The folder below the private one for what no tool shall show; all else there is output of tools. */
export const SECRETS_FOLDER = "h2m-secrets";

/**
 * Names of private folders of other programs: all that begins with `h2m-` and not with `h2m-cla`. The rules know no
 * exceptions, and the outputs in the folders of Claude Code shall stay readable.
 * 2.1.332 takes the `!` of `[!c]` for one of the letters: so they are all named.
 */
const OF_OTHERS = ["h2m-[abd-zABD-Z0-9_]*", "h2m-c[a-km-zA-KM-Z0-9_-]*", "h2m-cl[b-zB-Z0-9_-]*"];

/** Where the private folders of harnesses are if the temporary folder executes nothing. */
const ELSEWHERE = ["/tmp", "/var/tmp"];

/**
 * Permission rules by which no tool that only reads gives what opens more than the session: h2m's secrets, and the environment
 * of processes. They hold in every permission mode, for `Read` and what Claude Code knows to be read by a command, through
 * links, `..` and `/proc/self/root` (2.1.197, 2.1.332). Other commands are not kept from it by this.
 */
export function unreadable(home: string, own: Variables): string[] {
  const temporary = [...new Set([dirname(home), ...ELSEWHERE].flatMap(spellings))];
  const folders = [
    ...[`h2m-cla*/${SECRETS_FOLDER}`, ...OF_OTHERS].flatMap((below) =>
      temporary.map((folder) => `${folder}/${below}`),
    ),
    ...spellings(stateFolder(own)),
  ];
  const patterns = [
    ...folders.flatMap((folder) => [folder, `${folder}/**`]),
    "/proc/*/environ",
    "/proc/*/task/*/environ",
  ];
  // A path from the root of the file system begins with two slashes.
  return patterns.map((pattern) => `Read(/${pattern})`);
}

/**
 * The same for `Grep` of 2.1.197, which asks the rules for the folder that it is given, and then searches all below it. The
 * last words of `glob` are the ones that count.
 */
export function withoutSecrets(glob: unknown): string {
  // The names end with six letters that mkdtemp chose: a project's folder may well be called `h2m-something`.
  const folders = [SECRETS_FOLDER, ...OF_OTHERS.map((name) => `${name}-??????`)];
  const kept = [
    ...folders.map((name) => `!**/${name}/**`),
    "!**/h2m/token*",
    "!**/h2m/attach-key*",
  ];
  return [...(typeof glob === "string" ? [glob] : []), ...kept].join(" ");
}

/** Where h2m keeps its token and its attach key. */
function stateFolder(own: Variables): string {
  const set = own["XDG_STATE_HOME"] ?? "";
  return join(isAbsolute(set) ? set : join(homeFolder(own) ?? "/", ".local/state"), "h2m");
}

/** A folder as it is called and as it is, each as a pattern. */
function spellings(folder: string): string[] {
  return [...new Set([folder, realOf(folder)])].map((path) =>
    path.replaceAll(/[[\]*?!\\()]/g, String.raw`\$&`),
  );
}

/** A folder that is not there yet is taken below the nearest one that is. */
function realOf(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    // Absent, or not ours to look into: then its parents tell.
    const parent = dirname(folder);
    return parent === folder ? folder : join(realOf(parent), folder.slice(parent.length));
  }
}
