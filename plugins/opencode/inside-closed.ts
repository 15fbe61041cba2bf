/**
 * Part of the plugin inside OpenCode: `closedFiles(directory)` gives the hooks that keep the tools for files (all but the
 * shell) out of `/proc`, the private folders of harnesses and h2m's state folder. OpenCode's own permission rules see paths
 * as they are spelled (1.18.33); these see where a path leads. A search that starts above such a folder (ripgrep follows no
 * links) leaves out what it finds in there.
 */
export const CLOSED_FILES = `import { readlinkSync, realpathSync } from "node:fs";
import { basename, dirname, join, resolve, sep } from "node:path";

/** Where a path leads, also if nothing is there yet. */
function realPath(path, left = 40) {
  try {
    return realpathSync.native(path);
  } catch {
    // Nothing is there, or a link to nothing.
  }
  if (dirname(path) === path || left === 0) return path;
  const place = join(realPath(dirname(path), left - 1), basename(path));
  let target;
  try {
    target = readlinkSync(place);
  } catch {
    return place;
  }
  return realPath(resolve(dirname(place), target), left - 1);
}

const within = (path, folder) => path === folder || path.startsWith(folder + sep);

const shut = ["/proc", FACTS.home, ...FACTS.closed].flatMap((path) => [path, realPath(path)]);
const open = realPath(FACTS.open);
/** The private folders of other harnesses: see Home. */
const beside = join(realPath(dirname(FACTS.home)), "h2m-");

function closedTo(directory) {
  const own = realPath(directory);
  const ofOther = (path) =>
    path.startsWith(beside) &&
    /^[\\w-]+-\\w{6}(?:\\/|$)/.test(path.slice(beside.length)) &&
    !within(path, own);
  return (spelled) => {
    const path = resolve(directory, spelled);
    const real = realPath(path);
    if (within(real, open)) return false;
    return [path, real].some((each) => ofOther(each) || shut.some((folder) => within(each, folder)));
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
        // A path stands alone in its line, that of grep with a colon; what grep found in the file is indented.
        if (line.startsWith("/")) shown = !isClosed(tool === "grep" ? line.replace(/:$/, "") : line);
        else if (!line.startsWith("  ")) shown = true;
        return shown;
      });
      result.output = lines.join("\\n");
    },
  };
}
`;
