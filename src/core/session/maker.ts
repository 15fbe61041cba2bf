import type { ResolvedConfig, WorkspaceOptions } from "../../types/config.ts";
import type { ToolMapper } from "../../types/mapper.ts";
import type { HarnessSource } from "../channel/source.ts";
import type { Hosts } from "../host/hosts.ts";
import type { Hooks } from "../plugins/hooks.ts";
import type { Registry } from "../plugins/registry.ts";
import type { Provided } from "../tools/provided.ts";
import type { About } from "./instructions.ts";
import { Session } from "./session.ts";
import { type Lists, Sources } from "./sources.ts";

export interface MakerOptions {
  readonly registry: Registry;
  readonly hosts: Hosts;
  readonly hooks: Hooks;
  readonly lists: Lists;
  /** What each session has beside its harness. */
  readonly provided: Provided;
  /** Throws if no call may begin. */
  readonly mustTake: () => void;
}

/** Makes sessions by the config of now. What it makes is in no list yet, and nothing has started. */
export class Maker {
  readonly #options: MakerOptions;
  #config: ResolvedConfig;
  /** The innermost first. */
  #mappers: readonly ToolMapper[];
  #sources: Sources;

  constructor(config: ResolvedConfig, mappers: readonly ToolMapper[], options: MakerOptions) {
    this.#options = options;
    this.#config = config;
    this.#mappers = mappers;
    this.#sources = this.#sourcesOf(config);
  }

  /** For what is made from now on. */
  configure(config: ResolvedConfig, mappers: readonly ToolMapper[]): void {
    this.#config = config;
    this.#mappers = mappers;
    this.#sources = this.#sourcesOf(config);
  }

  /** Of a harness in its own folder, or in that of a workspace. @throws H2mError `unknown-harness` */
  of(harness: string, workspace?: WorkspaceOptions): Session {
    return this.from(this.#sources.source(harness, workspace));
  }

  /** Of what stands beside a harness, without one. */
  ofProject(): Session {
    return this.from(this.#sources.project());
  }

  from(source: HarnessSource): Session {
    const { hooks, provided, mustTake } = this.#options;
    const [config, mappers] = [this.#config, this.#mappers];
    return new Session({ source, config, mappers, hooks, provided, mustTake });
  }

  /** What is known of a harness that was not started. */
  about(harness: string): Promise<About> {
    return this.#sources.about(harness);
  }

  #sourcesOf(config: ResolvedConfig): Sources {
    const { registry, hosts, lists } = this.#options;
    return new Sources(config, registry, hosts, lists);
  }
}
