import type { Writable } from "node:stream";
import { lockOf } from "../../core/tools/lock.ts";
import type { H2m } from "../../h2m.ts";
import { visible } from "../../kit/visible.ts";
import type { HarnessLock } from "../../types/lock.ts";
import type { Flags } from "../input/invocation.ts";
import type { Lifetime } from "../server/lifetime.ts";
import { lockFile, readLock, writeLock } from "../input/lock-file.ts";
import { withHarnesses } from "../server/one-session.ts";
import { print } from "../output/output.ts";
import type { Settings } from "../input/settings.ts";
import { picked } from "../server/target.ts";

/** `h2m lock [<harness>]`: writes down the tools of now; of one harness that is named, beside the others. */
export async function lock(
  settings: Settings,
  words: readonly string[],
  flags: Flags,
  life: Lifetime,
  stdout: Writable,
): Promise<number> {
  const config = picked(settings.config, words, "lock");
  const path = lockFile(settings);
  const kept = words.length > 0 ? (await readLock(settings))?.harnesses : undefined;
  const options = { fresh: true };
  return withHarnesses({ ...settings, config }, flags, life, options, async (h2m) => {
    const now = await locksOf(h2m);
    await writeLock(path, { format: 1, harnesses: { ...kept, ...Object.fromEntries(now) } });
    const lines = now.map(([name, { version, tools }]) => {
      const count = Object.keys(tools).length;
      return `  ${visible(`${name}${version ? ` ${version}` : ""}`)}: ${count} tools\n`;
    });
    await print(stdout, `${visible(path)}\n${lines.join("")}`);
    return 0;
  });
}

/** The tools of each configured harness, as clients see them at `/mcp/<harness>`. */
export function locksOf(h2m: H2m): Promise<[string, HarnessLock][]> {
  const { harnesses } = h2m.sessions;
  return Promise.all(
    harnesses.map(async (harness): Promise<[string, HarnessLock]> => {
      const tools = await h2m.sessions.open({ harness }).tools();
      const { version } = await h2m.install(harness);
      return [harness, lockOf(tools, version)];
    }),
  );
}
