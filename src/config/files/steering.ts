import { existsSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ResolvedConfig } from "../../types/config.ts";
import { Steering } from "../../core/files/steering.ts";
import { parentsOf } from "../../kit/folders.ts";
import { loadedFiles, loadedFolders, pluginsLookedFor } from "./loaded.ts";
import { moduleFolders, type PackagePlaces, packagesOf } from "./packages.ts";
import { type Source, sourcesOf, wantedBy } from "./sources.ts";

/**
 * What steers a running h2m.
 * @param configs those of the start and of now
 * @param folders h2m's own: its state, and what it keeps
 * @param program the URL of a file of the program that runs: all beside it is too
 * @param given the names by which a config imports this very program
 */
export function steeringOf(
  configs: () => readonly ResolvedConfig[],
  folders: readonly string[],
  program: string,
  given: readonly string[],
): Steering {
  const start = process.cwd();
  const path = fileURLToPath(program);
  const made = remembered(() => {
    const sources = sourcesOf(loadedFiles());
    return { sources, packages: packagesOf([...sources, ...pluginsLookedFor()], given) };
  });
  return new Steering({
    folders: [...folders, ...programFolders(path)],
    packages: () => [...loadedFolders(), ...moduleFolders(path), ...made().packages.folders],
    places: () => [start, ...loadedFiles().map((file) => dirname(file))],
    files: () => {
      const { sources, packages } = made();
      return [
        ...packages.files,
        ...sources.map(({ path }) => path),
        ...sources.flatMap(wantedBy),
        ...configs().flatMap(({ audit, harnesses }) => [
          ...(audit ? [audit.file] : []),
          ...Object.values(harnesses).flatMap(({ command }) =>
            command?.includes("/") ? [command] : [],
          ),
        ]),
      ];
    },
  });
}

/** What the loaded files are made of. */
interface Made {
  readonly sources: readonly Source[];
  readonly packages: PackagePlaces;
}

/** Reading all sources for each call would cost: they are looked at again when one of them has changed. */
function remembered(read: () => Made): () => Made {
  let last: (Made & { mark: string }) | undefined;
  const markOf = (sources: readonly Source[]) =>
    [...loadedFiles(), ...sources.map(({ path }) => path)].map(stamp).join();
  return () => {
    if (last && markOf(last.sources) === last.mark) return last;
    const made = read();
    last = { ...made, mark: markOf(made.sources) };
    return last;
  };
}

function stamp(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false });
  return `${path} ${found?.ino} ${found?.size} ${found?.mtimeMs}`;
}

/** An installed package as a whole; of a checkout what is run. */
function programFolders(program: string): string[] {
  const beside = dirname(program);
  for (const at of parentsOf(program)) {
    if (!existsSync(join(at, "package.json"))) continue;
    if (basename(dirname(at)) === "node_modules") return [at];
    return [beside, ...["dist", "plugins"].map((name) => join(at, name)).filter(existsSync)];
  }
  return [beside];
}
