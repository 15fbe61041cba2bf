import { H2mError } from "../errors.ts";
import type { HarnessInstall, HarnessLauncher, HarnessOptions } from "../types/harness.ts";
import { Host, type KeyHolder } from "./host.ts";
import type { Hooks } from "./hooks.ts";
import { HostKeys } from "./keys.ts";

/** Time to end a host that nobody waited for, in ms. */
const ABANDONED = 2_000;

/** Finds the installed harnesses and starts their processes. */
export class Hosts {
  readonly keys = new HostKeys<KeyHolder>();
  readonly #hooks: Hooks;
  readonly #origin: () => string;
  readonly #installs = new Map<string, Promise<HarnessInstall>>();
  readonly #launching = new Set<Promise<Host>>();
  readonly #living = new Set<Host>();

  /** `origin`: root of the hijack API, known once the server listens. */
  constructor(hooks: Hooks, origin: () => string) {
    this.#hooks = hooks;
    this.#origin = origin;
  }

  /** Looks once for a program and remembers it; a failure is not remembered. @throws H2mError `not-installed` */
  install(launcher: HarnessLauncher, options: HarnessOptions): Promise<HarnessInstall> {
    const key = JSON.stringify([launcher.name, options]);
    const known = this.#installs.get(key);
    if (known) return known;
    const looking = this.#detect(launcher, options);
    this.#installs.set(key, looking);
    looking.catch(() => this.#installs.delete(key));
    return looking;
  }

  /** Starts a host, or ends it again if the signal aborted meanwhile. @throws the signal's reason */
  async launch(
    launcher: HarnessLauncher,
    options: HarnessOptions,
    cwd: string,
    signal: AbortSignal,
  ): Promise<Host> {
    const launching = this.#launch(launcher, options, cwd);
    this.#launching.add(launching);
    try {
      const host = await launching;
      if (!signal.aborted) return host;
      // Whoever asked for it has given up and will not end it.
      await host.stop(ABANDONED);
      throw signal.reason;
    } finally {
      this.#launching.delete(launching);
    }
  }

  /** Ends every host that is still there. */
  async close(ms: number): Promise<void> {
    await Promise.allSettled(this.#launching);
    await Promise.all([...this.#living].map((host) => host.stop(ms)));
  }

  async #launch(launcher: HarnessLauncher, options: HarnessOptions, cwd: string): Promise<Host> {
    const install = await this.install(launcher, options);
    const host = await Host.launch({
      launcher,
      install,
      options,
      cwd,
      origin: this.#origin(),
      keys: this.keys,
      hooks: this.#hooks,
    });
    this.#living.add(host);
    host.exited.addEventListener("abort", () => this.#living.delete(host), { once: true });
    return host;
  }

  async #detect(launcher: HarnessLauncher, options: HarnessOptions): Promise<HarnessInstall> {
    const install = await launcher.detect(options);
    if (install) return install;
    const where = options.command
      ? `at \`${options.command}\``
      : `on PATH, nor in node_modules/.bin`;
    const how = launcher.installCommand
      ? `Install it: \`${launcher.installCommand}\``
      : "Install it";
    throw new H2mError(
      "not-installed",
      `The harness \`${launcher.name}\` was not found ${where}.`,
      {
        hint: `${how}, or set \`harnesses.${launcher.name}.command\`.`,
      },
    );
  }
}
