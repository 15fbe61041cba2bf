import { type FSWatcher, readFileSync, watch } from "node:fs";
import { basename, dirname } from "node:path";
import { H2mError } from "../../errors.ts";
import type { Teardown } from "../../types/session.ts";

/** Editors write a file in several steps: it is read when so many ms have passed without another one. */
const CALM = 150;

export interface FileListener {
  /** What it said when it was read last: what was written since is told too. @default what it says now */
  readonly since?: string | undefined;
  /** The file has another text than before. One call ends before the next begins. */
  onChange(): Promise<void>;
  /** It cannot be watched any more. */
  onError(error: H2mError): void;
}

/** Watches one file, also while editors replace it by a new one; the teardown stops it. Keeps no process alive. */
export function watchFile(file: string, { since, onChange, onError }: FileListener): Teardown {
  let timer: NodeJS.Timeout | undefined;
  let text = since ?? textOf(file);
  const compare = async () => {
    const now = textOf(file);
    // It is gone for a moment while it is replaced; what was read last holds until there is another one.
    if (now === undefined || now === text) return;
    text = now;
    await onChange();
  };
  let looking = Promise.resolve();
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      looking = looking.then(compare).catch((error) => onError(H2mError.from(error)));
    }, CALM);
    timer.unref();
  };
  let watcher: FSWatcher;
  try {
    // The folder, since a file that is replaced by another one is not watched any more.
    watcher = watch(dirname(file), { persistent: false }, (_, name) => {
      if (name === null || name === basename(file)) soon();
    });
  } catch (error) {
    onError(H2mError.from(error));
    return () => {};
  }
  watcher.on("error", (error) => onError(H2mError.from(error)));
  if (since !== undefined) soon();
  return () => {
    clearTimeout(timer);
    watcher.close();
  };
}

/** Watches what stands in a folder, or one file; the teardown stops it. Keeps no process alive. */
export function watchFolder(
  folder: string,
  { onChange, onError }: Pick<FileListener, "onChange" | "onError">,
): Teardown {
  let timer: NodeJS.Timeout | undefined;
  let looking = Promise.resolve();
  const failed = (error: unknown) => onError(H2mError.from(error));
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      looking = looking.then(onChange).catch(failed);
    }, CALM);
    timer.unref();
  };
  try {
    const watcher = watch(folder, { persistent: false }, soon);
    watcher.on("error", failed);
    return () => {
      clearTimeout(timer);
      watcher.close();
    };
  } catch (error) {
    failed(error);
    return () => {};
  }
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    // What is wrong with it is told by whoever loads it.
    return undefined;
  }
}
