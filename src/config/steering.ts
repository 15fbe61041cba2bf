import { existsSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ResolvedConfig } from "../types/config.ts";
import { Steering } from "../core/steering.ts";
import { loadedFiles } from "./loaded.ts";
import { type Source, sourcesOf, wantedBy } from "./sources.ts";

/**
 * What steers a running h2m.
 * @param configs those of the start and of now
 * @param folders h2m's own: its state, and what it keeps
 * @param program the URL of a file of the program that runs: all beside it is too
 */
export function steeringOf(
  configs: () => readonly ResolvedConfig[],
  folders: readonly string[],
  program: string,
): Steering {
  const start = process.cwd();
  const made = remembered(() => sourcesOf(loadedFiles()));
  return new Steering({
    folders: [...folders, ...programFolders(fileURLToPath(program))],
    places: () => [start, ...loadedFiles().map((file) => dirname(file))],
    files: () => {
      const sources = made();
      return [
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

/** Reading all sources for each call would cost: they are looked at again when one of them has changed. */
function remembered(read: () => readonly Source[]): () => readonly Source[] {
  let last: { sources: readonly Source[]; mark: string } | undefined;
  const markOf = (sources: readonly Source[]) =>
    [...loadedFiles(), ...sources.map(({ path }) => path)].map(stamp).join();
  return () => {
    if (last && markOf(last.sources) === last.mark) return last.sources;
    const sources = read();
    last = { sources, mark: markOf(sources) };
    return sources;
  };
}

function stamp(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false });
  return `${path} ${found?.ino} ${found?.size} ${found?.mtimeMs}`;
}

/** An installed package as a whole; of a checkout what is run. */
function programFolders(program: string): string[] {
  const beside = dirname(program);
  for (let at = beside; at !== dirname(at); at = dirname(at)) {
    if (!existsSync(join(at, "package.json"))) continue;
    if (basename(dirname(at)) === "node_modules") return [at];
    return [beside, ...["dist", "plugins"].map((name) => join(at, name)).filter(existsSync)];
  }
  return [beside];
}
