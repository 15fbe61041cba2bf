import type { ResolvedConfig, WorkspaceOptions } from "../../types/config.ts";
import type { Lock } from "../../types/lock.ts";
import type { Catalog } from "../tools/catalog.ts";
import { within } from "../../kit/deadline.ts";
import type { Hosts } from "../host/hosts.ts";
import type { About } from "./instructions.ts";
import { mustBeLocked } from "../tools/lock.ts";
import type { Registry } from "../plugins/registry.ts";
import { forbidsOf } from "../call/forbids.ts";
import type { Steering } from "../files/steering.ts";
import type { HarnessSource } from "../channel/source.ts";

/** How long a client's first request waits for the harness's version, in ms: known at once as a rule, and no more than a nicety. */
const VERSION_WAIT = 1_000;

/** Stands for a harness where there is none: the session has only the tools, prompts and resources that no harness brings. */
export const PROJECT = "project";

/** What is known of the tools before a harness sends them, and of what they may not do. */
export interface Lists {
  readonly catalog: Catalog;
  /** Without it every list is served. */
  readonly lock?: Lock | undefined;
  /** What no tool may write. @default nothing is */
  readonly steering?: Steering | undefined;
}

/** Where the sessions of the configured harnesses get them from. */
export class Sources {
  readonly #config: ResolvedConfig;
  readonly #registry: Registry;
  readonly #hosts: Hosts;
  readonly #lists: Lists;

  constructor(config: ResolvedConfig, registry: Registry, hosts: Hosts, lists: Lists) {
    this.#config = config;
    this.#registry = registry;
    this.#hosts = hosts;
    this.#lists = lists;
  }

  /** Of a harness in its own folder, or in that of a workspace. @throws H2mError `unknown-harness` */
  source(harness: string, workspace?: WorkspaceOptions): HarnessSource {
    const launcher = this.#registry.harness(harness);
    const configured = this.#config.harnesses[harness] ?? {};
    const cwd = workspace?.cwd ?? configured.cwd ?? this.#config.cwd;
    const env = workspace?.env;
    const options = env ? { ...configured, env: { ...configured.env, ...env } } : configured;
    const { lock, steering } = this.#lists;
    // What the user's settings say of the list must be known, or a kept one may be of other settings.
    const unknown = options.settings === "user" && !launcher.listSettings;
    const catalog = this.#config.catalog && !unknown ? this.#lists.catalog : undefined;
    const settings = async () =>
      options.settings === "user" ? launcher.listSettings?.(options, cwd) : undefined;
    const install = () => this.#hosts.install(launcher, configured);
    return {
      harness,
      cwd,
      version: async () => (await install().catch(() => undefined))?.version,
      list: catalog?.list(async () => ({
        harness,
        install: await install(),
        options,
        cwd,
        settings: await settings(),
      })),
      annotations: launcher.annotations,
      accept: lock && ((tools) => mustBeLocked(lock, harness, tools)),
      forbids: forbidsOf([launcher], steering, cwd),
      seat: (occupant) => this.#hosts.seat({ launcher, options, cwd }, occupant),
    };
  }

  /** Of a session without any harness. */
  project(): HarnessSource {
    const { lock, steering } = this.#lists;
    const { cwd } = this.#config;
    return {
      harness: PROJECT,
      none: true,
      cwd,
      version: () => Promise.resolve(undefined),
      accept: lock && ((tools) => mustBeLocked(lock, PROJECT, tools)),
      forbids: forbidsOf([], steering, cwd),
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
