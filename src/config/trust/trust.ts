import { realpath } from "node:fs/promises";
import { dirname } from "node:path";
import { visible } from "../../kit/visible.ts";
import { otherWriter } from "../../core/files/writers.ts";
import { H2mError } from "../../errors.ts";
import { shellWord } from "../../kit/shell-word.ts";
import type { FileGuard } from "../files/file-guard.ts";
import type { TrustList } from "./trust-list.ts";

export interface TrustOptions {
  readonly list: TrustList;
  /** Asks the user. @default nobody can be asked, which is a no */
  readonly ask?: ((question: string) => Promise<boolean>) | undefined;
}

/**
 * The guard of a config that h2m found by itself: it is loaded if the user trusts its folder, and if nobody else may write it or
 * what it loads. It throws H2mError `untrusted`, which says what to do.
 */
export function guardFound({ list, ask }: TrustOptions): FileGuard {
  return {
    config: async (file) => {
      await refuseOthers(file);
      const folders = await untrusted(file, list);
      if (folders.length === 0) return;
      if (!(await ask?.(questionOf(file, folders)))) throw notTrusted(file, folders);
      for (const folder of folders) await list.add(folder);
    },
    code: (file) => refuseOthers(file),
  };
}

/** The guard of a config that the user named: that is trust enough, yet who else may write it is told. */
export function guardNamed(warn: (message: string) => void): FileGuard {
  const tell = async (file: string) => {
    const reason = await otherWriter(file);
    if (reason !== undefined)
      warn(`\`${visible(file)}\` is loaded, and another user may change it: ${visible(reason)}.`);
  };
  return { config: tell, code: tell };
}

/**
 * Trusts the folder of a config. Gives the folders that are trusted now and were not before: a link leads to another one too.
 * @throws H2mError `untrusted` if somebody else may write it
 */
export async function trustConfig(file: string, list: TrustList): Promise<string[]> {
  await refuseOthers(file);
  const folders = await untrusted(file, list);
  for (const folder of folders) await list.add(folder);
  return folders;
}

async function untrusted(file: string, list: TrustList): Promise<string[]> {
  const folders = new Set([await realpath(dirname(file)), dirname(await realpath(file))]);
  const found: string[] = [];
  for (const folder of folders) if (!(await list.has(folder))) found.push(folder);
  return found;
}

function questionOf(file: string, folders: readonly string[]): string {
  const [folder = "", ...more] = folders.map((each) => `\`${visible(each)}\``);
  const also = more.length > 0 ? ` (a link leads it to ${more.join(", ")})` : "";
  return (
    `There is a config: \`${visible(file)}\`.\n` +
    "It is code, and it says which programs are started and which tools are served. Look at it first.\n" +
    `Do you trust the folder ${folder}${also}, now and when its files change?`
  );
}

function notTrusted(file: string, folders: readonly string[]): H2mError {
  // A path that cannot be shown as it is cannot be typed either.
  const command = (words: string) =>
    visible(words) === words ? `\`${words}\`` : "`h2m trust` in that folder";
  const trust = folders.map((folder) => command(`h2m trust ${shellWord(folder)}`)).join(" and ");
  return new H2mError(
    "untrusted",
    `The config \`${visible(file)}\` is not loaded: you have not said that you trust its folder.`,
    {
      hint:
        `Look at it; then run ${trust}. ` +
        "Or name it with `--config FILE`, or go on without any config: `--no-config`.",
    },
  );
}

async function refuseOthers(file: string): Promise<void> {
  const reason = await otherWriter(file);
  if (reason === undefined) return;
  throw new H2mError("untrusted", `\`${visible(file)}\` is not loaded: ${visible(reason)}.`, {
    hint:
      "What another user may change could run code as you. Make it yours alone (`chown`, `chmod go-w`); or name the config with " +
      "`--config FILE` if you know who may change it; or go on without any: `--no-config`.",
  });
}
