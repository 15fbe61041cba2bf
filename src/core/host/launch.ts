import type { HarnessInstall, HarnessLauncher, HarnessOptions } from "../../types/harness.ts";
import { everyStep } from "../../kit/every-step.ts";
import { Guardian } from "./guardian.ts";
import { Home, isScript } from "./home.ts";
import type { Hooks } from "../plugins/hooks.ts";
import { Host, type KeyHolder } from "./host.ts";
import { HostProcess } from "./host-process.ts";
import { isOutOfFiles, outOfFiles } from "./out-of-files.ts";
import { randomSecret } from "../../kit/secrets.ts";
import { type HostKeys } from "./keys.ts";

export interface LaunchOptions {
  readonly launcher: HarnessLauncher;
  readonly install: HarnessInstall;
  readonly options: HarnessOptions;
  readonly cwd: string;
  /** Root of the hijack API. */
  readonly origin: string;
  readonly keys: HostKeys<KeyHolder>;
  readonly hooks: Hooks;
}

/** Time for the end of a process that a plugin cannot drive, in ms. */
const END_TIME = 2_000;

/** The text that makes a harness send its first turn; no model reads it. */
const PROMPT = "h2m";

/** Starts the process of a host. @throws H2mError `harness-exited` if it cannot be started at all */
export async function launch(options: LaunchOptions): Promise<Host> {
  const { launcher, install, cwd, origin, keys, hooks } = options;
  let home = await Home.create(launcher.name);
  let guardian: Guardian | undefined;
  let process: HostProcess | undefined;
  // The key must stand in the plan before the host exists: its holder is filled in below.
  const holder = { host: undefined as unknown as Host };
  const token = keys.issue(holder);
  try {
    const all = { install, options: options.options, prompt: PROMPT, cwd, origin, token };
    const secret = randomSecret();
    // First of all: from now on nothing of the folder stays if we are killed.
    guardian = new Guardian(home.path);
    let context = { ...all, secret, home: home.path };
    let plan = launcher.prepare(context);
    if (Object.values(plan.files ?? {}).some(isScript) && !(await home.executes())) {
      await home.remove();
      await guardian.dismiss();
      home = await Home.createExecutable(launcher.name);
      guardian = new Guardian(home.path);
      context = { ...context, home: home.path };
      plan = launcher.prepare(context);
    }
    await home.write(plan.files ?? {});
    await home.link(plan.links ?? {});
    const { args = [], env } = options.options;
    const warn = (message: string) =>
      hooks.emit("warning", { message: `${launcher.name}: ${message}` });
    process = await HostProcess.spawn({ plan, home, guardian, cwd, origin, args, env, warn });
    holder.host = new Host({ launcher, context, plan, process, keys, hooks });
    return holder.host;
  } catch (error) {
    keys.revoke(token);
    await everyStep(
      // A driver that throws: its process is there all the same.
      () => process?.end(END_TIME),
      () => home.remove(),
      () => guardian?.dismiss(),
    ).catch(hooks.report);
    throw isOutOfFiles(error) ? outOfFiles(launcher.name, error) : error;
  }
}
