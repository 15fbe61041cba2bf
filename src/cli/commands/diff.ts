import type { Writable } from "node:stream";
import { type Difference, differences, inWords } from "../../core/tools/lock.ts";
import { visible, visibleJson } from "../../kit/visible.ts";
import type { HarnessLock } from "../../types/lock.ts";
import type { Flags } from "../input/invocation.ts";
import type { Lifetime } from "../server/lifetime.ts";
import { locksOf } from "./lock.ts";
import { lockFor } from "../input/lock-file.ts";
import { withHarnesses } from "../server/one-session.ts";
import { print } from "../output/output.ts";
import type { Settings } from "../input/settings.ts";
import { picked } from "../server/target.ts";

/** What became of the tools of one harness. */
interface Report {
  readonly harness: string;
  /** The versions of the lock and of now. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly differences: readonly Difference[];
}

/** `h2m diff [<harness>]`: what has changed since `h2m lock`. Ends with 1 if any tool has. */
export async function diff(
  settings: Settings,
  words: readonly string[],
  flags: Flags,
  life: Lifetime,
  stdout: Writable,
): Promise<number> {
  const config = picked(settings.config, words, "diff");
  const harnesses = Object.keys(config.harnesses);
  const options = { fresh: true };
  const lock = harnesses.length > 0 ? await lockFor(settings, harnesses) : undefined;
  return withHarnesses({ ...settings, config }, flags, life, options, async (h2m) => {
    const now = new Map(await locksOf(h2m));
    const locked = Object.entries(lock?.harnesses ?? {});
    // One that is named stands for itself; else a harness that is not served any more is a change too.
    const meant = locked.filter(([name]) => words.length === 0 || now.has(name));
    const reports = meant.map(([name, before]) => report(name, before, now.get(name)));
    const text = flags.json ? `${visibleJson(reports, 2)}\n` : reports.map(textOf).join("");
    await print(stdout, text);
    return reports.some(({ differences: found }) => found.length > 0) ? 1 : 0;
  });
}

function report(harness: string, before: HarnessLock, after: HarnessLock | undefined): Report {
  const found = differences(before, after ?? { tools: {} });
  return { harness, from: before.version, to: after?.version, differences: found };
}

function textOf({ harness, from, to, differences: found }: Report): string {
  const versions = from === to ? (to ?? "") : `${from ?? "?"} -> ${to ?? "not served"}`;
  const name = visible(`${harness}${versions ? ` ${versions}` : ""}`);
  if (found.length === 0) return `${name}: no tool has changed\n`;
  const kinds = ["added", "removed", "changed"] as const;
  const counts = kinds.flatMap((kind) => {
    const count = found.filter((each) => each.kind === kind).length;
    return count > 0 ? [`${count} ${kind}`] : [];
  });
  return `${name}: ${counts.join(", ")}\n${found.map((each) => `  ${visible(inWords(each))}\n`).join("")}`;
}
