import { basename, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { homeFolder, parentsOf } from "../../kit/folders.ts";
import { Home } from "../host/home.ts";
import { filesBelow, folded, hasMoreNames, identityOf, placeOf } from "./real-path.ts";

/** A config or a lock, also one that is not there yet. */
const STEERING_NAME = /^h2m\.(config\.[a-z]+|lock\.json.*)$/;
/** Linux takes a path of no more bytes, other systems of fewer. */
const LONGEST_PATH = 4_096;
/** A folder with more files than that is not searched for another name of one: what may stand in it is not written. */
const MOST_FILES = 20_000;

export interface SteeringFiles {
  /** Files that steer h2m now, also such that are not there yet. */
  files(): readonly string[];
  /** Whatever is below them steers it. */
  readonly folders: readonly string[];
  /** The same, of packages: too many files to search them for another name of one. */
  packages?(): readonly string[];
  /** Folders in which a config or a lock would be looked for. */
  places(): readonly string[];
}

/**
 * What steers h2m itself: its config and what that is made of, its secrets, its own program. A tool that may only write files
 * would be more than that if it could write these. A command in a shell can: nobody keeps it from files of its own user.
 */
export class Steering {
  readonly #known: SteeringFiles;
  readonly #mostFiles: number;
  /** Files that steered it at some time, whatever they are called by now. */
  readonly #identities = new Set<string>();

  constructor(known: SteeringFiles, mostFiles = MOST_FILES) {
    this.#known = known;
    this.#mostFiles = mostFiles;
    for (const file of known.files()) this.#remember(file);
  }

  /**
   * Why a tool may not write a file, or `undefined`. `folders`: where a relative path may begin; the harness decides, so each
   * counts.
   */
  refusal(path: string, folders: readonly string[]): string | undefined {
    // Where a program in C reads it, it ends there: another file than the one that was looked at.
    if (path.includes("\0"))
      return `the path ${JSON.stringify(path)} has a NUL in it, which no file name can have.`;
    for (const spelling of spellings(path)) {
      // Where a folder has been left behind, such as for a worktree, the rest of the path still names it.
      if (!spelling.startsWith("/") && this.#namesOne(spelling)) return forbidden(spelling);
      for (const whole of spelling.startsWith("/")
        ? [spelling]
        : folders.map((folder) => `${folder}/${spelling}`)) {
        const reason = this.#reason(whole);
        if (reason !== undefined) return reason;
      }
    }
    return undefined;
  }

  /** The system goes through the path as it stands; many programs tidy it up first. */
  #reason(whole: string): string | undefined {
    // What is longer opens no file: neither as it stands, nor once it is tidied up.
    for (const path of [whole, resolve(whole)].filter(({ length }) => length <= LONGEST_PATH)) {
      const place = placeOf(path);
      if (place.kind === "process")
        return `\`${whole}\` leads through \`/proc\`, where each process has other files. Name the file itself.`;
      if (place.kind !== "path") continue;
      if (this.#steers(place.path)) return forbidden(place.path);
      const reason = this.#hardLinked(place.path);
      if (reason !== undefined) return reason;
    }
    return undefined;
  }

  /** A file with several names may have one of them in a folder of h2m's. */
  #hardLinked(path: string): string | undefined {
    if (!hasMoreNames(path)) return undefined;
    const own = identityOf(path);
    for (const folder of this.#folders()) {
      const files = filesBelow(folder, this.#mostFiles);
      if (!files)
        return `\`${path}\` has more than one name (hard links), and whether one of them steers h2m is not to be found out: \`${folder}\` holds more than ${this.#mostFiles} files. Give the file a copy of its own first, such as by \`cp FILE NEW && mv NEW FILE\`.`;
      if (files.some((file) => identityOf(file) === own)) return forbidden(path);
    }
    return undefined;
  }

  #folders(): string[] {
    return [...this.#known.folders, ...Home.all()];
  }

  #steers(path: string): boolean {
    const own = identityOf(path);
    const parents = parentsOf(path).map((at) => ({ at, identity: identityOf(at) }));
    const self = { at: path, identity: own };
    const folders = [...this.#folders(), ...(this.#known.packages?.() ?? [])];
    if ([self, ...parents].some(isOneOf(folders))) return true;
    const files = this.#known.files();
    for (const file of files) this.#remember(file);
    if (isOneOf(files)(self)) return true;
    const named = STEERING_NAME.test(folded(basename(path)));
    if (named && parents.slice(0, 1).some(isOneOf(this.#known.places()))) return true;
    return own !== undefined && this.#identities.has(own);
  }

  /** Whether a relative path is the end of one of the files' paths, wherever it begins. */
  #namesOne(relative: string): boolean {
    const rest = folded(join("/", relative));
    if (rest.lastIndexOf("/") === 0 && STEERING_NAME.test(rest.slice(1))) return true;
    return this.#known.files().some((file) => folded(resolve(file)).endsWith(rest));
  }

  #remember(file: string): void {
    const identity = identityOf(file);
    if (identity !== undefined) this.#identities.add(identity);
  }
}

interface Named {
  readonly at: string;
  readonly identity: string | undefined;
}

/** By its real path, or by what it is: a folder that was bound or linked elsewhere is the same one. */
function isOneOf(wanted: readonly string[]): (each: Named) => boolean {
  const paths = new Set<string>();
  const identities = new Set<string>();
  for (const each of wanted) {
    const place = placeOf(resolve(each));
    if (place.kind !== "path") continue;
    paths.add(folded(place.path));
    const identity = identityOf(place.path);
    if (identity !== undefined) identities.add(identity);
  }
  return ({ at, identity }) =>
    paths.has(folded(at)) || (identity !== undefined && identities.has(identity));
}

function forbidden(path: string): string {
  return `\`${path}\` steers h2m itself, and no tool may write it. A person has to change it, outside of h2m.`;
}

/** What harnesses are known to make of a path before they open it (claude 2.1.332: trimmed, `~`, composed letters). */
function spellings(path: string): string[] {
  const trimmed = path.trim();
  const all = [path, trimmed, trimmed.replace(/^~(?=\/|$)/, homeFolder() ?? "~")];
  if (trimmed.startsWith("file:")) all.push(fromUrl(trimmed));
  return [...new Set(all.flatMap((each) => [each, each.normalize("NFC"), each.normalize("NFD")]))];
}

function fromUrl(url: string): string {
  try {
    return fileURLToPath(url);
  } catch {
    // Not the URL of a file of this machine.
    return url;
  }
}
