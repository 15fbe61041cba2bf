import type { ResolvedConfig, WorkspaceOptions } from "../types/config.ts";
import type { Catalog } from "./catalog.ts";
import { within } from "./deadline.ts";
import type { Hosts } from "./hosts.ts";
import type { About } from "./instructions.ts";
import type { Registry } from "./registry.ts";
import type { HarnessSource } from "./tenancy.ts";

/** How long a client's first request waits for the harness's version, in ms: known at once as a rule, and no more than a nicety. */
const VERSION_WAIT = 1_000;

/** Where the sessions of the configured harnesses get them from. */
export class Sources {
  readonly #config: ResolvedConfig;
  readonly #registry: Registry;
  readonly #hosts: Hosts;
  readonly #catalog: Catalog;

  constructor(config: ResolvedConfig, registry: Registry, hosts: Hosts, catalog: Catalog) {
    this.#config = config;
    this.#registry = registry;
    this.#hosts = hosts;
    this.#catalog = catalog;
  }

  /** Of a harness in its own folder, or in that of a workspace. @throws H2mError `unknown-harness` */
  source(harness: string, workspace?: WorkspaceOptions): HarnessSource {
    const launcher = this.#registry.harness(harness);
    const configured = this.#config.harnesses[harness] ?? {};
    const cwd = workspace?.cwd ?? configured.cwd ?? this.#config.cwd;
    const env = workspace?.env;
    const options = env ? { ...configured, env: { ...configured.env, ...env } } : configured;
    const catalog = this.#config.catalog ? this.#catalog : undefined;
    const install = () => this.#hosts.install(launcher, configured);
    return {
      harness,
      cwd,
      version: async () => (await install().catch(() => undefined))?.version,
      list: catalog?.list(async () => ({ harness, install: await install(), options, cwd })),
      annotations: launcher.annotations,
      seat: (occupant) => this.#hosts.seat({ launcher, options, cwd }, occupant),
    };
  }

  /** What is known of a harness that was not started. */
  async about(harness: string): Promise<About> {
    const source = this.source(harness);
    return { harness, cwd: source.cwd, version: await versionOf(source) };
  }
}

/** The version, if it is known soon. */
export function versionOf(source: HarnessSource): Promise<string | undefined> {
  const known = within(source.version(), VERSION_WAIT, () => new Error("late"));
  return known.catch(() => undefined);
}
