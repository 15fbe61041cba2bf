import { H2mError } from "../errors.ts";
import type { HarnessInstall, HarnessLauncher, HarnessOptions } from "../types/harness.ts";
import { Host, type KeyHolder } from "./host.ts";
import type { Hooks } from "./hooks.ts";
import { HostKeys } from "./keys.ts";

/** Finds the installed harnesses and starts their processes. */
export class Hosts {
  readonly keys = new HostKeys<KeyHolder>();
  readonly #hooks: Hooks;
  readonly #origin: () => string;
  readonly #installs = new Map<string, Promise<HarnessInstall>>();
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

  async launch(launcher: HarnessLauncher, options: HarnessOptions, cwd: string): Promise<Host> {
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

  /** Ends every host that is still there. */
  async close(ms: number): Promise<void> {
    await Promise.all([...this.#living].map((host) => host.stop(ms)));
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
