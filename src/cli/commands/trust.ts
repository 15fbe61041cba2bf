import { realpath, stat } from "node:fs/promises";
import { resolve } from "node:path";
import type { Writable } from "node:stream";
import { CONFIG_NAMES, findConfigFile } from "../../config/files/load.ts";
import { trustConfig } from "../../config/trust/trust.ts";
import { visible } from "../../kit/visible.ts";
import { H2mError } from "../../errors.ts";
import type { Flags } from "../input/invocation.ts";
import { trustList } from "../input/trust-list.ts";
import { print } from "../output/output.ts";

/**
 * `h2m trust [DIR]`: configs of that folder are loaded from now on; `--list` prints all such folders, `--revoke [DIR]` takes one
 * back. @default DIR this folder
 * @throws H2mError `bad-usage`; `untrusted` if another user may write what would be trusted
 */
export async function trust(
  words: readonly string[],
  flags: Flags,
  stdout: Writable,
): Promise<number> {
  const [word, ...more] = words;
  const folder = resolve(word ?? ".");
  if (more.length > 0 || (flags.list && word !== undefined)) {
    const wrong = visible(more[0] ?? word ?? "");
    throw new H2mError("bad-usage", `\`h2m trust\` cannot do anything with \`${wrong}\`.`, {
      hint: "Write `h2m trust [DIR]`, `h2m trust --revoke [DIR]` or `h2m trust --list`.",
    });
  }
  if (flags.list) return printList(stdout);
  return flags.revoke ? revoke(folder, stdout) : add(folder, stdout);
}

async function printList(stdout: Writable): Promise<number> {
  const folders = await trustList().all();
  await print(stdout, folders.map((folder) => `${visible(folder)}\n`).join(""));
  return 0;
}

async function add(folder: string, stdout: Writable): Promise<number> {
  const config = await findConfigFile({ folder });
  if (config === undefined) {
    const none = `There is no config in \`${visible(folder)}\`, so there is nothing to trust.`;
    throw new H2mError("bad-usage", none, {
      hint: `Name the folder that has a ${CONFIG_NAMES}; \`h2m init\` writes one and trusts it.`,
    });
  }
  await trustConfig(config, trustList());
  await print(
    stdout,
    `${visible(await realpath(folder))}\nThe config of this folder is loaded from now on: ${visible(config)}\n`,
  );
  return 0;
}

async function revoke(folder: string, stdout: Writable): Promise<number> {
  // What is not there any more has no real path but the one that it had.
  const there = (await stat(folder).catch(() => undefined)) !== undefined;
  const paths = new Set([folder, ...(there ? [await realpath(folder)] : [])]);
  const list = trustList();
  for (const path of paths) {
    if (!(await list.remove(path))) continue;
    await print(
      stdout,
      `${visible(path)}\nIts config is not loaded any more unless it is named.\n`,
    );
    return 0;
  }
  throw new H2mError("bad-usage", `\`${visible(folder)}\` is not trusted.`, {
    hint: "`h2m trust --list` prints the folders that are.",
  });
}
