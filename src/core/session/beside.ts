import { abortable } from "../../kit/deadline.ts";
import type { CallToolResult } from "../../types/mcp.ts";
import type { MapperCall } from "../../types/mapper.ts";
import type { ProviderCallOptions } from "../../types/provider.ts";
import type { SessionEvents, Teardown } from "../../types/session.ts";
import type { Listeners } from "../plugins/listeners.ts";
import type { Provided } from "../tools/provided.ts";
import type { Toolset } from "../tools/toolset.ts";

export interface BesideOptions {
  readonly provided: Provided;
  readonly toolset: Toolset;
  readonly listeners: Listeners<SessionEvents>;
  /** What the session's harness is called. */
  readonly harness: string;
}

/** What one session has beside its harness: the tools, prompts and resources of the server's providers. */
export class Beside {
  readonly #options: BesideOptions;
  #stop: Teardown | undefined;

  constructor(options: BesideOptions) {
    this.#options = options;
    this.#take();
  }

  /** From now on it hears of what changes. */
  begin(): void {
    const { provided, listeners } = this.#options;
    this.#take();
    this.#stop = provided.on((event) => {
      if (event.type === "notice") return listeners.emit("notice", event.message, event.level);
      if (event.type === "tools") this.#take();
      listeners.emit(event.type);
    });
  }

  /** Waits for the lists that are not known yet. */
  ready(): Promise<void> | undefined {
    const { provided } = this.#options;
    return provided.any ? provided.ready() : undefined;
  }

  has(name: string): boolean {
    return this.#options.provided.has(name);
  }

  /** A call of one of them needs no harness, as far as a name that clients see tells. */
  isOwn(shown: string): boolean {
    const { provided, toolset } = this.#options;
    return provided.any && toolset.provided.has(shown);
  }

  call(call: MapperCall, options: ProviderCallOptions): Promise<CallToolResult> {
    // What it brings may not look at its signal.
    return abortable(this.#options.provided.call(call, options), options.signal);
  }

  end(): void {
    this.#stop?.();
  }

  #take(): void {
    const { provided, toolset, harness } = this.#options;
    if (provided.any) toolset.provide(provided.tools(), (name) => provided.clash(name, harness));
  }
}
