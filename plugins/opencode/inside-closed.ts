/**
 * Part of the plugin inside OpenCode: `closedFiles(directory)` gives the hooks that keep the tools for files (all but the
 * shell) out of `/proc`, the private folders of harnesses and h2m's state folder. OpenCode's own permission rules see paths
 * as they are spelled (1.18.33); these see where a path leads. A search that starts above such a folder (ripgrep follows no
 * links) leaves out what it finds in there.
 */
export const CLOSED_FILES = `import { readlinkSync, realpathSync } from "node:fs";
import { dirname, isAbsolute, join, resolve, sep } from "node:path";

/** Where an absolute path leads, as the system takes it: \`..\` behind a link is above what the link leads to. */
function realPath(path) {
  let at = "/";
  let hops = 0;
  const rest = path.split("/");
  while (rest.length > 0) {
    const name = rest.shift();
    if (name === "" || name === ".") continue;
    const next = name === ".." ? dirname(at) : join(at, name);
    const target = name === ".." ? undefined : linkOf(next);
    if (target === undefined || ++hops > 40) {
      at = next;
      continue;
    }
    if (target.startsWith("/")) at = "/";
    rest.unshift(...target.split("/"));
  }
  try {
    // Spells it as it stands on the disk, where case does not matter.
    return realpathSync.native(at);
  } catch {
    // Nothing is there yet.
    return at;
  }
}

function linkOf(path) {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

const within = (path, folder) => path === folder || path.startsWith(folder + sep);

const shut = ["/proc", FACTS.home, ...FACTS.closed].flatMap((path) => [path, realPath(path)]);
const open = realPath(FACTS.open);
/** The private folders of other harnesses: see Home. */
const beside = FACTS.temporary.map((folder) => join(realPath(folder), "h2m-"));

function closedTo(directory) {
  const own = realPath(directory);
  const ofOther = (path) =>
    beside.some(
      (start) => path.startsWith(start) && /^[\\w-]+-\\w{6}(?:\\/|$)/.test(path.slice(start.length)),
    ) && !within(path, own);
  return (spelled) => {
    // An absolute path is used as it is, and a relative one is made shorter first: \`..\` differs behind a link.
    const short = resolve(directory, spelled);
    const reals = [short, isAbsolute(spelled) ? spelled : join(directory, ".") + sep + spelled].map(realPath);
    if (reals.every((real) => within(real, open))) return false;
    return [short, ...reals].some((each) => ofOther(each) || shut.some((folder) => within(each, folder)));
  };
}

/** The paths in the arguments of a call, as they are spelled. */
function pathsIn(args) {
  const patch = typeof args?.patchText === "string" ? args.patchText : "";
  const named = patch.matchAll(/^\\*\\*\\* (?:(?:Add|Update|Delete) File|Move to):(.*)$/gm);
  const paths = [args?.filePath, args?.path, ...Array.from(named, ([, path]) => path.trim())];
  return paths.filter((path) => typeof path === "string" && path !== "");
}

function closedFiles(directory) {
  const isClosed = closedTo(directory);
  return {
    "tool.execute.before": async ({ tool }, { args }) => {
      if (tool === "bash") return;
      for (const path of pathsIn(args)) {
        if (!isClosed(path)) continue;
        throw new Error(path + " is closed to tools: it may hold keys of h2m or of a running program.");
      }
    },
    "tool.execute.after": async ({ tool }, result) => {
      if (tool !== "grep" && tool !== "glob") return;
      let shown = true;
      const lines = String(result.output ?? "").split("\\n").filter((line) => {
        // A path stands alone in its line, that of grep with a colon; what grep found in the file is indented, and there may be
        // an empty line behind each of it.
        if (line.startsWith("/")) shown = !isClosed(tool === "grep" ? line.replace(/:$/, "") : line);
        else if (tool === "glob" || (line !== "" && !line.startsWith("  "))) shown = true;
        return shown;
      });
      result.output = lines.join("\\n");
    },
  };
}
`;
