import { stat } from "node:fs/promises";
import { H2mError } from "../../errors.ts";
import type { HarnessInstall, HarnessLauncher, HarnessOptions } from "../../types/harness.ts";
import { seconds, within } from "../../kit/deadline.ts";

/** A program that says nothing for so long while it is looked at, in ms, never will. */
const LOOKING = 60_000;

interface Found {
  readonly install: HarnessInstall;
  /** What stood at its path then. */
  readonly mark: string;
}

/** The installed harnesses, each looked for once: until its program is moved, or another one takes its place. */
export class Installs {
  readonly #known = new Map<string, Promise<Found>>();
  readonly #deadline: number;

  /** `deadline`: in ms. */
  constructor(deadline = LOOKING) {
    this.#deadline = deadline;
  }

  /**
   * A failure is not remembered.
   * @throws H2mError `not-installed`; `no-harness` for a program that does not answer
   */
  async find(launcher: HarnessLauncher, options: HarnessOptions): Promise<HarnessInstall> {
    const key = JSON.stringify([launcher.name, options]);
    const known = this.#known.get(key);
    if (known && (await isSame(known))) return (await known).install;
    // Whoever came while we looked at the old one has begun already.
    const newer = this.#known.get(key);
    if (newer && newer !== known) return (await newer).install;
    const looking = this.#find(launcher, options);
    this.#known.set(key, looking);
    looking.catch(() => {
      if (this.#known.get(key) === looking) this.#known.delete(key);
    });
    return (await looking).install;
  }

  async #find(launcher: HarnessLauncher, options: HarnessOptions): Promise<Found> {
    const install = await within(detect(launcher, options), this.#deadline, () => {
      const what = `\`${launcher.name}\` did not answer within ${seconds(this.#deadline)} when it was asked what it is.`;
      return new H2mError("no-harness", what, {
        hint: "Run it once by hand with `--version` to see why.",
      });
    });
    return { install, mark: await markOf(install.command) };
  }
}

/** One that is still being looked for is the same one. */
async function isSame(known: Promise<Found>): Promise<boolean> {
  const { install, mark } = await known;
  return mark === (await markOf(install.command));
}

/** Which file stands at a path; empty: none. */
async function markOf(command: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeMs } = await stat(command);
    return `${dev} ${ino} ${size} ${mtimeMs}`;
  } catch {
    // Moved, or out of sight: it has to be looked for.
    return "";
  }
}

async function detect(launcher: HarnessLauncher, options: HarnessOptions): Promise<HarnessInstall> {
  const install = await launcher.detect(options);
  if (install) return install;
  const where = options.command ? `at \`${options.command}\`` : "on PATH";
  const how = launcher.installCommand ? `Install it: \`${launcher.installCommand}\`` : "Install it";
  throw new H2mError("not-installed", `The harness \`${launcher.name}\` was not found ${where}.`, {
    hint: `${how}, or set \`harnesses.${launcher.name}.command\`.`,
  });
}
