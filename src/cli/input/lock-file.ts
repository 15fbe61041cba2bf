import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { replaceFile } from "../../core/files/whole-file.ts";
import { H2mError } from "../../errors.ts";
import { parseObject } from "../../kit/json.ts";
import { visibleJson } from "../../kit/visible.ts";
import type { ResolvedConfig } from "../../types/config.ts";
import type { Lock } from "../../types/lock.ts";
import type { Flags } from "./invocation.ts";
import type { Settings } from "./settings.ts";

const NAME = "h2m.lock.json";

const lock = z.object({
  format: z.literal(1),
  harnesses: z.record(
    z.string(),
    z.object({
      version: z.string().optional(),
      tools: z.record(
        z.string(),
        z.object({
          schema: z.string(),
          properties: z.record(z.string(), z.string()),
          required: z.array(z.string()),
        }),
      ),
    }),
  ),
});

/** Beside the config file, or where one would be looked for. */
export function lockFile({ file }: Pick<Settings, "file">): string {
  return join(file === undefined ? process.cwd() : dirname(file), NAME);
}

/** `undefined`: there is none. @throws H2mError `bad-usage` if it is damaged */
export async function readLock(settings: Pick<Settings, "file">): Promise<Lock | undefined> {
  const path = lockFile(settings);
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new H2mError("bad-usage", `\`${path}\` cannot be read: ${(cause as Error).message}.`, {
      cause,
    });
  }
  const read = lock.safeParse(parseObject(text));
  if (read.success) return read.data;
  throw damaged(path);
}

/** The lock with an entry for each of these harnesses. @throws H2mError `bad-usage` that says how to make one */
export async function lockFor(
  settings: Pick<Settings, "file">,
  harnesses: readonly string[],
): Promise<Lock> {
  const path = lockFile(settings);
  const found = await readLock(settings);
  if (!found) {
    throw new H2mError("bad-usage", `There is no \`${path}\`.`, {
      hint: "Run `h2m lock` first: it writes down which tools there are now.",
    });
  }
  const missing = harnesses.find((name) => !Object.hasOwn(found.harnesses, name));
  if (missing === undefined) return found;
  throw new H2mError("bad-usage", `\`${path}\` has no tools of \`${missing}\`.`, {
    hint: `Run \`h2m lock ${missing}\`: it adds those that there are now.`,
  });
}

/** The lock that `--frozen` asks for. @throws H2mError `bad-usage` if it does not cover every harness */
export async function frozenLock(
  settings: Pick<Settings, "file">,
  { harnesses }: Pick<ResolvedConfig, "harnesses">,
  { frozen }: Flags,
): Promise<Lock | undefined> {
  if (!frozen) return undefined;
  const names = Object.keys(harnesses);
  if (names.length > 0) return lockFor(settings, names);
  throw new H2mError("bad-usage", "`--frozen` needs a harness: what attaches itself has no lock.", {
    hint: "Name one, or set `harnesses` in a config file.",
  });
}

/** Whole, or not at all. */
export async function writeLock(path: string, content: Lock): Promise<void> {
  try {
    await replaceFile(path, `${visibleJson(content, 2)}\n`);
  } catch (cause) {
    const { message } = cause as Error;
    throw new H2mError("internal", `\`${path}\` cannot be written: ${message}.`, { cause });
  }
}

function damaged(path: string): H2mError {
  return new H2mError("bad-usage", `\`${path}\` is no lock of h2m.`, {
    hint: "Restore it, or remove it and run `h2m lock`.",
  });
}
